import { BatchReader } from '../engine/batch/batch-reader';
import { copyOf } from '../engine/bytes/copy';
import { crc32c } from '../engine/bytes/crc32c';
import { escapeBytes } from '../engine/bytes/escape';
import { Float64List } from '../engine/bytes/growable';
import { addU64 } from '../engine/bytes/u64';
import { logState } from '../engine/db/log-state';
import { type RandomAccessFile, readRange } from '../engine/env/env';
import { NodeReadableEnv } from '../engine/env/node';
import { annotateBatch, annotateRecord } from '../engine/log/annotate';
import { HEADER_SIZE } from '../engine/log/format';
import { recordAt } from '../engine/log/record-at';
import { LsmError } from '../engine/problem';
import { type LogEntry, logEntries } from '../engine/recovery/log-entries';
import { blockOf, isRecord, type LogSurvey, surveyLog } from '../engine/recovery/log-survey';
import type { JobProgress, Page } from './api';
import { ExportFile } from './export-file';
import { whileHeld } from './held-job';
import type { JobOf, JobsOf } from './job';
import type {
  BatchRow,
  ItemRow,
  LogCalls,
  LogFileSummary,
  LogJobs,
  LogMap,
  LogOverview,
  OperationFilter,
  OperationRow,
} from './log-api';
import { fileFingerprint } from './surroundings';
import type { AnnotatedBytes } from './table-api';

const PREVIEW_BYTES = 256;
const SHOWN_BYTES = 64 << 10;
/** A page draws no more pieces of a file. */
const MAX_SEGMENTS = 100_000;
/** Operations, or lines, between two looks at who else wants to work. */
const SLICE = 500;

/** An operation that a reader stands on. */
interface OperationPlace {
  batch: number;
  /** Counted over all batches. */
  operation: number;
  reader: BatchReader;
}

interface OpenLog {
  path: string;
  name: string;
  file: RandomAccessFile;
  /** Of the file and its surroundings when it was opened. */
  fingerprint: string;
  survey: LogSurvey | undefined;
  /** The operations that the filter lets through; undefined for all. */
  matches: Float64List | undefined;
}

/** One write-ahead log, opened in the worker's thread. */
export class LogSession implements LogCalls {
  private readonly env = new NodeReadableEnv();
  private opened: OpenLog | undefined;
  /** Where the last operation was found: lists ask for neighbours. */
  private place: OperationPlace | undefined;
  private filtersAsked = 0;

  open(path: string): LogFileSummary {
    const { env } = this;
    const { name } = env.split(path);
    const fingerprint = fileFingerprint(env, path);
    const file = env.open(path);
    this.opened?.file.close();
    this.place = undefined;
    this.opened = { path, name, file, fingerprint, survey: undefined, matches: undefined };
    return { name, bytes: file.size(), state: logState(env, path) };
  }

  refresh(): LogFileSummary {
    return this.open(this.present().path);
  }

  hasChanged(): boolean {
    const { path, fingerprint } = this.present();
    return fileFingerprint(this.env, path) !== fingerprint;
  }

  map(): LogMap {
    const { items } = this.surveyed();
    const perSegment = Math.ceil(items.length / MAX_SEGMENTS);
    const starts: number[] = [];
    const ends: number[] = [];
    const kinds: number[] = [];
    for (let i = 0; i < items.length; i += perSegment) {
      const last = Math.min(items.length, i + perSegment) - 1;
      let kind = items.kinds.at(i);
      for (let j = i + 1; j <= last; j++) if (items.kindAt(j) === 'damage') kind = items.kinds.at(j);
      starts.push(items.offsets.at(i));
      ends.push(items.offsets.at(last) + items.sizes.at(last));
      kinds.push(kind);
    }
    return {
      starts: Float64Array.from(starts),
      ends: Float64Array.from(ends),
      kinds: Uint8Array.from(kinds),
    };
  }

  items(start: number, end: number): Page<ItemRow> {
    const { items } = this.surveyed();
    return {
      total: items.length,
      rows: numbers(start, Math.min(end, items.length)).map((i) => this.itemRow(i)),
    };
  }

  batches(start: number, end: number): Page<BatchRow> {
    const { batches } = this.surveyed();
    return {
      total: batches.length,
      rows: numbers(start, Math.min(end, batches.length)).map((i) => this.batchRow(i)),
    };
  }

  operations(start: number, end: number): Page<OperationRow> {
    const { matches } = this.present();
    const total = matches?.length ?? this.surveyed().operations;
    const rows = numbers(start, Math.min(end, total)).flatMap((row) => {
      const batch = this.operationAt(matches ? matches.at(row) : row);
      return batch ? [batch] : [];
    });
    return { total, rows };
  }

  value(row: number, limit: number): Uint8Array | undefined {
    const { matches } = this.present();
    const found = this.findOperation(matches ? matches.at(row) : row);
    if (found?.reader.type !== 1) return undefined;
    const { contents, valueStart, valueEnd } = found.reader;
    return copyOf(contents, valueStart, Math.min(valueEnd, valueStart + limit));
  }

  itemBytes(item: number): AnnotatedBytes {
    const { file } = this.present();
    const { offset, size, kind } = this.itemRow(item);
    const bytes = readRange(file, offset, Math.min(size, SHOWN_BYTES));
    const hasHeader = kind !== 'trailer' && kind !== 'preallocated';
    return {
      title: `${kind} at ${offset}, block ${blockOf(offset)}`,
      offset,
      bytes,
      fields: hasHeader ? annotateRecord(bytes) : [],
      totalBytes: size,
    };
  }

  batchBytes(batch: number): AnnotatedBytes {
    const record = this.recordOf(batch);
    const bytes = copyOf(record, 0, Math.min(record.length, SHOWN_BYTES));
    return {
      title: `batch at ${this.surveyed().batches.offsets.at(batch)}, fragments joined`,
      offset: 0,
      bytes,
      fields: annotateBatch(record)
        .filter(({ start }) => start < bytes.length)
        .map((field) => ({ ...field, end: Math.min(field.end, bytes.length) })),
      totalBytes: record.length,
    };
  }

  itemAt(offset: number): number {
    return this.surveyed().items.offsets.countUpTo(offset) - 1;
  }

  batchAt(offset: number): number {
    return this.surveyed().batches.offsets.countUpTo(offset) - 1;
  }

  readonly jobs: JobsOf<LogJobs> = {
    survey: () => this.survey(),
    filter: (filter) => this.filter(filter),
    export: (path) => this.export(path),
  };

  private *survey(): JobOf<LogOverview> {
    const opened = this.present();
    const { name, file } = opened;
    const job = whileHeld(surveyLog(file), () => this.opened === opened);
    let step = job.next();
    for (; !step.done; step = job.next()) {
      yield { detail: name, done: Math.round(step.value * 1000), total: 1000 };
    }
    opened.survey = step.value;
    opened.matches = undefined;
    this.filtersAsked++;
    const { items, batches, ...overview } = step.value;
    return { ...overview, items: items.length, batches: batches.length };
  }

  private *filter(filter: OperationFilter): JobOf<number | undefined> {
    const asked = ++this.filtersAsked;
    const opened = this.present();
    const { operations } = this.surveyed();
    const isNewest = () => this.opened === opened && this.filtersAsked === asked;
    let matches: Float64List | undefined;
    if (filter.key?.length || filter.type) {
      matches = new Float64List();
      for (const progress of this.findMatches(filter, matches)) {
        yield progress;
        if (!isNewest()) return undefined;
      }
    }
    opened.matches = matches;
    return matches?.length ?? operations;
  }

  private *findMatches({ key, type }: OperationFilter, matches: Float64List): Generator<JobProgress, void> {
    const { name } = this.present();
    const { batches, operations } = this.surveyed();
    const reader = new BatchReader();
    for (let i = 0, at = 0; i < batches.length; i++) {
      for (reader.reset(this.recordOf(i)); reader.next(); at++) {
        const isWanted =
          (!type || (reader.type === 1 ? 'value' : 'deletion') === type) &&
          (!key?.length || contains(reader.contents, reader.keyStart, reader.keyEnd, key));
        if (isWanted) matches.push(at);
        if (at % SLICE === 0) yield { detail: name, done: at, total: operations };
      }
    }
  }

  private *export(path: string): JobOf<number> {
    const opened = this.present();
    const { name, file } = opened;
    const target = new ExportFile(path);
    let lines = 0;
    let isWhole = false;
    try {
      const size = file.size();
      for (const entry of whileHeld(logEntries(file), () => this.opened === opened)) {
        target.line(JSON.stringify(entryJson(entry)));
        if (++lines % SLICE === 0) yield { detail: name, done: entry.offset, total: size };
      }
      target.close();
      isWhole = true;
      return lines;
    } finally {
      if (!isWhole) target.discard();
    }
  }

  private itemRow(index: number): ItemRow {
    const { file } = this.present();
    const { items } = this.surveyed();
    const offset = items.offsets.at(index);
    const size = items.sizes.at(index);
    const kind = items.kindAt(index);
    const bytes = isRecord(kind) ? readRange(file, offset, size) : undefined;
    return {
      offset,
      size,
      kind,
      block: blockOf(offset),
      length: bytes && size - HEADER_SIZE,
      checksum: bytes && crc32c(bytes, 6, bytes.length),
      reason: items.reasons.at(index),
    };
  }

  private batchRow(index: number): BatchRow {
    const { batches, items } = this.surveyed();
    const offset = batches.offsets.at(index);
    const end = batches.ends.at(index);
    const between = items.offsets.countUpTo(end - 1) - items.offsets.countUpTo(offset - 1);
    // Trailers of blocks lie among the fragments.
    const trailers = blockOf(end - 1) - blockOf(offset);
    const fragments = trailers === 0 ? 1 : Math.min(between, trailers + 1);
    return {
      offset,
      bytes: end - offset,
      sequence: batches.sequences[index],
      count: batches.counts.at(index),
      fragments,
      fault: batches.faults.at(index),
    };
  }

  private operationAt(operation: number): OperationRow | undefined {
    const found = this.findOperation(operation);
    if (!found) return undefined;
    const { reader, batch } = found;
    const { contents, keyStart, keyEnd, valueStart, valueEnd, type } = reader;
    return {
      batch,
      offset: this.surveyed().batches.offsets.at(batch),
      sequence: addU64(reader.sequence, reader.opIndex),
      type: type === 1 ? 'value' : 'deletion',
      key: copyOf(contents, keyStart, keyEnd),
      preview: copyOf(contents, valueStart, Math.min(valueEnd, valueStart + PREVIEW_BYTES)),
      valueBytes: valueEnd - valueStart,
    };
  }

  /** The reader stands on the operation; going on from the one that was found last, where that stands before it. */
  private findOperation(operation: number): OperationPlace | undefined {
    const { batches } = this.surveyed();
    const batch = batches.firstOperations.countUpTo(operation) - 1;
    if (batch < 0) return undefined;
    let { place } = this;
    if (place?.batch !== batch || place.operation > operation) {
      const reader = new BatchReader();
      reader.reset(this.recordOf(batch));
      place = { batch, operation: batches.firstOperations.at(batch) - 1, reader };
    }
    this.place = undefined;
    for (; place.operation < operation; place.operation++) if (!place.reader.next()) return undefined;
    this.place = place;
    return place;
  }

  private recordOf(index: number): Uint8Array {
    const { batches } = this.surveyed();
    return recordAt(this.present().file, batches.offsets.at(index), batches.ends.at(index));
  }

  private present(): OpenLog {
    if (!this.opened) throw new LsmError('Invalid argument', 'invalid-argument', 'no log is open');
    return this.opened;
  }

  private surveyed(): LogSurvey {
    const { survey, name } = this.present();
    if (!survey)
      throw new LsmError('Invalid argument', 'invalid-argument', 'the log has not been read yet', name);
    return survey;
  }
}

function numbers(start: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
}

function contains(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  for (let at = start; at + wanted.length <= end; at++) {
    let i = 0;
    while (i < wanted.length && bytes[at + i] === wanted[i]) i++;
    if (i === wanted.length) return true;
  }
  return false;
}

/** As `lsm wal --json` prints it. */
function entryJson(entry: LogEntry) {
  const { offset } = entry;
  if (entry.kind !== 'batch') {
    const reason = entry.kind === 'torn' ? 'torn tail' : entry.reason;
    return { damage: { offset, length: entry.length, reason } };
  }
  const { batch } = entry;
  const { contents, sequence, count } = batch;
  const ops = [];
  while (batch.next()) {
    const key = escapeBytes(contents, batch.keyStart, batch.keyEnd);
    const value = escapeBytes(contents, batch.valueStart, batch.valueEnd);
    ops.push(batch.type === 1 ? { type: 'value', key, value } : { type: 'deletion', key });
  }
  return { offset, sequence: typeof sequence === 'bigint' ? `${sequence}` : sequence, count, ops };
}
