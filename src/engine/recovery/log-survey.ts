import { BatchReader } from '../batch/batch-reader';
import { NumberList } from '../bytes/growable';
import { addU64, maxU64, type U64 } from '../bytes/u64';
import type { RandomAccessFile } from '../env/env';
import { BLOCK_SIZE, RecordType } from '../log/format';
import { type PhysicalKind, PhysicalRecordScanner } from '../log/physical';
import { LogReader } from '../log/reader';
import { type SoundRecord, soundRecordsIn } from './sound-records';

/** Kinds of physical items, by `PhysicalItems.kinds`. */
export const ITEM_KINDS = [
  'full',
  'first',
  'middle',
  'last',
  'trailer',
  'preallocated',
  'damage',
  'torn',
] as const;
export type ItemKind = (typeof ITEM_KINDS)[number];

/** Everything that stands in the file, in order; the items cover it without gaps. */
export class PhysicalItems {
  readonly offsets = new NumberList();
  readonly sizes = new NumberList();
  /** Indices into ITEM_KINDS. */
  readonly kinds = new NumberList();
  /** LevelDB's text for each damage, by the item's index. */
  readonly reasons = new Map<number, string>();

  get length(): number {
    return this.offsets.length;
  }
}

/** The batches that recovery reads without paranoid_checks, in order. */
export class LogBatches {
  /** Of the first fragment's header, and behind the last fragment. */
  readonly offsets = new NumberList();
  readonly ends = new NumberList();
  readonly sequences: U64[] = [];
  readonly counts = new NumberList();
  /** Operations of all batches before; those that are sound. */
  readonly firstOperations = new NumberList();
  /** What is wrong within a batch, by its index: the operations before it count. */
  readonly faults = new Map<number, string>();

  get length(): number {
    return this.offsets.length;
  }
}

/** Bytes that a reader leaves out. */
export interface Drop {
  offset: number;
  bytes: number;
  reason: string;
}

/** What opening the database would make of the log (DBImpl::RecoverLogFile). */
export interface ReplayOutcome {
  /** The first failure with paranoid_checks; undefined if opening succeeds. */
  failure: Drop | undefined;
  drops: Drop[];
  batches: number;
  operations: number;
  firstSequence: U64 | undefined;
  lastSequence: U64 | undefined;
  /** Where it stops reading. */
  stop: { offset: number; why: 'end of file' | 'torn tail' | 'damage' };
}

/** Sequences that two neighbouring batches leave out or repeat. */
export interface SequenceJump {
  batch: number;
  offset: number;
  expected: U64;
  found: U64;
  kind: 'gap' | 'repeat';
}

export interface LogSurvey {
  items: PhysicalItems;
  batches: LogBatches;
  operations: number;
  puts: number;
  deletions: number;
  lenient: ReplayOutcome;
  paranoid: ReplayOutcome;
  jumps: SequenceJump[];
  /** Whole records with a right checksum within what is dropped. */
  sound: SoundRecord[];
}

/** Records between two looks at who else wants to work. */
const SLICE = 500;
const MAX_JUMPS = 1000;

/** Reads a log twice: as bytes for a person, and as recovery reads it. Yields the share that is done, 0 to 1. */
export function* surveyLog(file: RandomAccessFile): Generator<number, LogSurvey> {
  const size = Math.max(1, file.size());
  const items = new PhysicalItems();
  for (const offset of scanItems(file, items)) yield offset / size / 2;
  const replay = new Replay(file);
  for (const offset of replay.run()) yield 0.5 + offset / size / 2;
  const sound = replay.drops.flatMap((drop) => soundRecordsIn(file, drop.offset, drop.bytes));
  return { items, ...replay.result(), sound };
}

function* scanItems(file: RandomAccessFile, items: PhysicalItems): Generator<number> {
  const scanner = new PhysicalRecordScanner(file);
  while (scanner.next()) {
    if (scanner.size === 0) continue;
    if (scanner.damage) items.reasons.set(items.length, scanner.damage.reason);
    items.offsets.push(scanner.offset);
    items.sizes.push(scanner.size);
    items.kinds.push(ITEM_KINDS.indexOf(kindOf(scanner.kind, scanner.type)));
    if (items.length % SLICE === 0) yield scanner.offset;
  }
}

function kindOf(kind: PhysicalKind, type: number): ItemKind {
  if (kind !== 'record') return kind;
  const names: Record<number, ItemKind> = {
    [RecordType.full]: 'full',
    [RecordType.first]: 'first',
    [RecordType.middle]: 'middle',
    [RecordType.last]: 'last',
  };
  return names[type] ?? 'damage';
}

/** Recovery's way through the log, lenient; what paranoid would do follows from its first drop. */
class Replay {
  readonly drops: Drop[] = [];
  private readonly file: RandomAccessFile;
  private readonly batches = new LogBatches();
  private readonly jumps: SequenceJump[] = [];
  private operations = 0;
  private puts = 0;
  private next: U64 | undefined;
  private first: U64 | undefined;
  private last: U64 | undefined;
  /** Of paranoid recovery, as far as it came. */
  private failure: Drop | undefined;
  private before = { batches: 0, operations: 0, last: undefined as U64 | undefined };
  private stop: ReplayOutcome['stop'] = { offset: 0, why: 'end of file' };

  constructor(file: RandomAccessFile) {
    this.file = file;
  }

  *run(): Generator<number> {
    const reader = new LogReader(this.file, {
      reporter: { corruption: (bytes, reason, offset) => this.drop({ offset, bytes, reason }) },
    });
    const batch = new BatchReader();
    while (reader.next()) {
      const { record, recordOffset, recordEnd } = reader;
      if (!batch.reset(record)) {
        this.drop({ offset: recordOffset, bytes: record.length, reason: 'log record too small' });
        continue;
      }
      this.add(batch, recordOffset, recordEnd);
      if (this.batches.length % SLICE === 0) yield recordOffset;
    }
    const { tornTail } = reader;
    this.stop = tornTail
      ? { offset: tornTail.offset, why: 'torn tail' }
      : { offset: this.file.size(), why: 'end of file' };
  }

  result(): Omit<LogSurvey, 'items' | 'sound'> {
    const { batches, operations, puts, drops, first, last, stop, failure, before, jumps } = this;
    const lenient: ReplayOutcome = {
      failure: undefined,
      drops,
      batches: batches.length,
      operations,
      firstSequence: first,
      lastSequence: last,
      stop,
    };
    const paranoid: ReplayOutcome = failure
      ? {
          failure,
          drops: [failure],
          batches: before.batches,
          operations: before.operations,
          firstSequence: before.batches > 0 ? first : undefined,
          lastSequence: before.last,
          stop: { offset: failure.offset, why: 'damage' },
        }
      : lenient;
    return { batches, operations, puts, deletions: operations - puts, lenient, paranoid, jumps };
  }

  private add(batch: BatchReader, offset: number, end: number): void {
    const { batches } = this;
    const { sequence, count } = batch;
    const index = batches.length;
    batches.offsets.push(offset);
    batches.ends.push(end);
    batches.sequences.push(sequence);
    batches.counts.push(count);
    batches.firstOperations.push(this.operations);
    while (batch.next()) {
      this.operations++;
      if (batch.type === 1) this.puts++;
    }
    if (batch.error) {
      batches.faults.set(index, batch.error);
      this.fail({ offset, bytes: end - offset, reason: batch.error });
    }
    if (this.next !== undefined && sequence !== this.next && this.jumps.length < MAX_JUMPS) {
      const kind = sequence > this.next ? 'gap' : 'repeat';
      this.jumps.push({ batch: index, offset, expected: this.next, found: sequence, kind });
    }
    this.next = addU64(sequence, count);
    this.first ??= sequence;
    if (count > 0) this.last = maxU64(this.last ?? 0, addU64(sequence, count - 1));
  }

  private drop(drop: Drop): void {
    this.drops.push(drop);
    this.fail(drop);
  }

  /** The first damage: with paranoid_checks recovery ends here. */
  private fail(drop: Drop): void {
    if (this.failure) return;
    this.failure = drop;
    this.before = { batches: this.batches.length, operations: this.operations, last: this.last };
  }
}

/** The block of a file that an offset lies in. */
export function blockOf(offset: number): number {
  return Math.floor(offset / BLOCK_SIZE);
}
