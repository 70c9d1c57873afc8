import { BatchReader } from '../batch/batch-reader';
import { Float64List, TextList, Uint16List, Uint32List } from '../bytes/growable';
import { addU64, maxU64, type U64 } from '../bytes/u64';
import type { RandomAccessFile } from '../env/env';
import { BLOCK_SIZE, HEADER_SIZE, RecordType } from '../log/format';
import { type PhysicalKind, PhysicalRecordScanner } from '../log/physical';
import { LogReader } from '../log/reader';
import { tornTailProblem } from '../log/torn-tail';
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

/** Of lists that are read by a person; beyond it only their number is kept. */
export const MAX_LISTED = 1000;

/** A list that was cut, and how long it would be. */
export interface Listed<T> {
  rows: T[];
  total: number;
}

/** Everything that stands in the file, in order; the items cover it without gaps. */
export class PhysicalItems {
  readonly offsets = new Float64List();
  readonly sizes = new Uint32List();
  /** Indices into ITEM_KINDS. */
  readonly kinds = new Uint16List();
  /** LevelDB's text for damage. */
  readonly reasons = new TextList();

  get length(): number {
    return this.offsets.length;
  }

  kindAt(index: number): ItemKind {
    return ITEM_KINDS[this.kinds.at(index)];
  }
}

/** The batches that recovery reads without paranoid_checks, in order. */
export class LogBatches {
  /** Of the first fragment's header, and behind the last fragment. */
  readonly offsets = new Float64List();
  readonly ends = new Float64List();
  readonly sequences: U64[] = [];
  readonly counts = new Uint32List();
  /** Operations of all batches before; those that are sound. */
  readonly firstOperations = new Float64List();
  /** What is wrong within a batch: the operations before it count. */
  readonly faults = new TextList();

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

/**
 * Where a reader stops. `torn tail`: an incomplete record, as a crash leaves it. `damaged tail`: LevelDB takes it for one
 * and says nothing, but no crash leaves such bytes.
 */
export interface ReadStop {
  offset: number;
  why: 'end of file' | 'torn tail' | 'damaged tail' | 'damage';
  /** Of a tail: what it is, in words. */
  message?: string;
}

/** What opening the database would make of the log (DBImpl::RecoverLogFile). */
export interface ReplayOutcome {
  /** The first failure with paranoid_checks; undefined if opening succeeds. */
  failure: Drop | undefined;
  drops: Listed<Drop>;
  batches: number;
  operations: number;
  firstSequence: U64 | undefined;
  lastSequence: U64 | undefined;
  stop: ReadStop;
}

/** A batch that does not begin where those before it end. */
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
  jumps: Listed<SequenceJump>;
  /** Whole records with a right checksum that recovery does not read. */
  sound: Listed<SoundRecord>;
}

/** Records between two looks at who else wants to work. */
const SLICE = 500;

/**
 * Reads a log twice: as bytes for a person, and as recovery reads it. Yields the share that is done, 0 to 1. Lists are
 * cut at `most` rows.
 */
export function* surveyLog(file: RandomAccessFile, most = MAX_LISTED): Generator<number, LogSurvey> {
  const size = Math.max(1, file.size());
  const items = new PhysicalItems();
  for (const offset of scanItems(file, items)) yield offset / size / 3;
  const replay = new Replay(file, most);
  for (const offset of replay.run()) yield (1 + offset / size) / 3;
  const result = replay.result();
  const sound: Listed<SoundRecord> = { rows: [], total: 0 };
  for (const offset of findSound(file, items, result.lenient, sound, most)) yield (2 + offset / size) / 3;
  return { items, ...result, sound };
}

function* scanItems(file: RandomAccessFile, items: PhysicalItems): Generator<number> {
  const scanner = new PhysicalRecordScanner(file);
  while (scanner.next()) {
    if (scanner.size === 0) continue;
    items.offsets.push(scanner.offset);
    items.sizes.push(scanner.size);
    items.kinds.push(ITEM_KINDS.indexOf(kindOf(scanner.kind, scanner.type)));
    items.reasons.push(scanner.damage?.reason);
    if (items.length % SLICE === 0) yield scanner.offset;
  }
}

/**
 * Sound records that recovery does not read: those within damage, fragments without their beginning, and everything
 * behind the place where LevelDB takes damage for the end.
 */
function* findSound(
  file: RandomAccessFile,
  items: PhysicalItems,
  { drops, stop }: ReplayOutcome,
  sound: Listed<SoundRecord>,
  most: number,
): Generator<number> {
  const end = stop.why === 'damaged tail' ? stop.offset : Number.POSITIVE_INFINITY;
  const orphans = new Set(
    drops.rows.filter(({ reason }) => reason.startsWith('missing start')).map(({ offset }) => offset),
  );
  for (let i = 0; i < items.length; i++) {
    const offset = items.offsets.at(i);
    const size = items.sizes.at(i);
    const kind = items.kindAt(i);
    // After a record of an unknown type LevelDB goes on behind it: nothing is dropped with it.
    if (kind === 'damage' && size >= 2 * HEADER_SIZE && !items.reasons.at(i)?.startsWith('unknown')) {
      for (const record of soundRecordsIn(file, offset, size)) list(sound, record, most);
      yield offset;
    } else if (isRecord(kind) && (offset >= end || orphans.has(offset))) {
      list(sound, { offset, length: size - HEADER_SIZE, type: ITEM_KINDS.indexOf(kind) + 1 }, most);
    }
    if (i % SLICE === 0) yield offset;
  }
}

export function isRecord(kind: ItemKind): boolean {
  return kind === 'full' || kind === 'first' || kind === 'middle' || kind === 'last';
}

function list<T>(listed: Listed<T>, row: T, most: number): void {
  listed.total++;
  if (listed.rows.length < most) listed.rows.push(row);
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
  private readonly drops: Listed<Drop> = { rows: [], total: 0 };
  private readonly file: RandomAccessFile;
  private readonly batches = new LogBatches();
  private readonly jumps: Listed<SequenceJump> = { rows: [], total: 0 };
  private operations = 0;
  private puts = 0;
  private next: U64 | undefined;
  private first: U64 | undefined;
  private last: U64 | undefined;
  /** Of paranoid recovery, as far as it came. */
  private failure: Drop | undefined;
  private before = { batches: 0, operations: 0, last: undefined as U64 | undefined };
  private stop: ReadStop = { offset: 0, why: 'end of file' };

  private readonly most: number;

  constructor(file: RandomAccessFile, most: number) {
    this.file = file;
    this.most = most;
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
    const { tornTail, tornTailKind } = reader;
    if (!tornTail) this.stop = { offset: this.file.size(), why: 'end of file' };
    else {
      const { message } = tornTailProblem('', tornTail, tornTailKind, true);
      const why = tornTailKind === 'torn' ? 'torn tail' : 'damaged tail';
      this.stop = { offset: tornTail.offset, why, message };
    }
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
          drops: { rows: [failure], total: 1 },
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
    batches.faults.push(batch.error);
    if (batch.error) {
      this.fail({ offset, bytes: end - offset, reason: batch.error });
    }
    const { next } = this;
    if (next !== undefined && sequence !== next) {
      const kind = sequence > next ? 'gap' : 'repeat';
      list(this.jumps, { batch: index, offset, expected: next, found: sequence, kind }, this.most);
    }
    // After a repeat the sequences go on where they had come to.
    this.next = maxU64(next ?? 0, addU64(sequence, count));
    this.first ??= sequence;
    if (count > 0) this.last = maxU64(this.last ?? 0, addU64(sequence, count - 1));
  }

  private drop(drop: Drop): void {
    list(this.drops, drop, this.most);
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
