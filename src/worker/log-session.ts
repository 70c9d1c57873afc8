import { BatchReader } from '../engine/batch/batch-reader';
import { copyOf } from '../engine/bytes/copy';
import { crc32c } from '../engine/bytes/crc32c';
import { escapeBytes } from '../engine/bytes/escape';
import { NumberList } from '../engine/bytes/growable';
import { addU64, type U64 } from '../engine/bytes/u64';
import { logState } from '../engine/db/log-state';
import { type RandomAccessFile, readRange } from '../engine/env/env';
import { NodeReadableEnv } from '../engine/env/node';
import { annotateBatch, annotateRecord } from '../engine/log/annotate';
import { HEADER_SIZE } from '../engine/log/format';
import { recordAt } from '../engine/log/record-at';
import { LsmError } from '../engine/problem';
import { blockOf, ITEM_KINDS, type LogSurvey, surveyLog } from '../engine/recovery/log-survey';
import type { Page } from './api';
import { ExportFile } from './export-file';
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
import type { AnnotatedBytes } from './table-api';

const PREVIEW_BYTES = 256;
const SHOWN_BYTES = 64 << 10;
/** Lists that a person reads. */
const MAX_LISTED = 1000;
/** Batches between two looks at who else wants to work. */
const SLICE = 200;

interface OpenLog {
  path: string;
  name: string;
  file: RandomAccessFile;
  bytes: number;
  modified: number;
  survey: LogSurvey | undefined;
  /** The operations that the filter lets through; undefined for all. */
  matches: NumberList | undefined;
}

/** One write-ahead log, opened in the worker's thread. */
export class LogSession implements LogCalls {
  private readonly env = new NodeReadableEnv();
  private opened: OpenLog | undefined;
  /** The batch that was taken apart last. */
  private lastBatch: { index: number; record: Uint8Array } | undefined;

  open(path: string): LogFileSummary {
    const { env } = this;
    const { name } = env.split(path);
    const { modified } = env.stat(path);
    const file = env.open(path);
    const bytes = file.size();
    this.opened?.file.close();
    this.lastBatch = undefined;
    this.opened = { path, name, file, bytes, modified, survey: undefined, matches: undefined };
    return { name, bytes, state: logState(env, path) };
  }

  refresh(): LogFileSummary {
    return this.open(this.present().path);
  }

  hasChanged(): boolean {
    const { path, bytes, modified } = this.present();
    const stat = this.env.stat(path);
    return stat.size !== bytes || stat.modified !== modified;
  }

  map(): LogMap {
    const { items } = this.surveyed();
    const starts = items.offsets.view().slice();
    const sizes = items.sizes.view();
    return {
      starts,
      ends: starts.map((start, i) => start + sizes[i]),
      kinds: Uint8Array.from(items.kinds.view()),
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
    const job = surveyLog(opened.file);
    let step = job.next();
    for (; !step.done; step = job.next())
      yield { detail: opened.name, done: Math.round(step.value * 1000), total: 1000 };
    const survey = step.value;
    opened.survey = survey;
    opened.matches = undefined;
    const { items, batches, operations, puts, deletions, jumps, sound } = survey;
    const outcome = (each: LogSurvey['lenient']) => ({ ...each, drops: each.drops.slice(0, MAX_LISTED) });
    return {
      items: items.length,
      batches: batches.length,
      operations,
      puts,
      deletions,
      lenient: outcome(survey.lenient),
      paranoid: outcome(survey.paranoid),
      jumps,
      sound: sound.slice(0, MAX_LISTED),
    };
  }

  private *filter({ key, type }: OperationFilter): JobOf<number> {
    const opened = this.present();
    const { batches, operations } = this.surveyed();
    if (!key?.length && !type) {
      opened.matches = undefined;
      return operations;
    }
    const matches = new NumberList();
    const reader = new BatchReader();
    for (let i = 0; i < batches.length; i++) {
      reader.reset(this.recordOf(i));
      for (let at = batches.firstOperations.at(i); reader.next(); at++) {
        if (type && (reader.type === 1 ? 'value' : 'deletion') !== type) continue;
        if (key?.length && !contains(reader.contents, reader.keyStart, reader.keyEnd, key)) continue;
        matches.push(at);
      }
      if (i % SLICE === 0) yield { detail: opened.name, done: i, total: batches.length };
    }
    opened.matches = matches;
    return matches.length;
  }

  private *export(path: string): JobOf<number> {
    const { name } = this.present();
    const { batches } = this.surveyed();
    const file = new ExportFile(path);
    let isWhole = false;
    try {
      for (let i = 0; i < batches.length; i++) {
        file.line(JSON.stringify(this.batchJson(i)));
        if (i % SLICE === 0) yield { detail: name, done: i, total: batches.length };
      }
      file.close();
      isWhole = true;
      return batches.length;
    } finally {
      if (!isWhole) file.discard();
    }
  }

  private batchJson(index: number) {
    const { batches } = this.surveyed();
    const reader = new BatchReader();
    reader.reset(this.recordOf(index));
    const ops = [];
    while (reader.next()) {
      const { contents, keyStart, keyEnd, valueStart, valueEnd, type } = reader;
      const key = escapeBytes(contents, keyStart, keyEnd);
      ops.push(
        type === 1
          ? { type: 'value', key, value: escapeBytes(contents, valueStart, valueEnd) }
          : { type: 'deletion', key },
      );
    }
    return { offset: batches.offsets.at(index), sequence: plain(reader.sequence), count: reader.count, ops };
  }

  private itemRow(index: number): ItemRow {
    const { file } = this.present();
    const { items } = this.surveyed();
    const offset = items.offsets.at(index);
    const size = items.sizes.at(index);
    const kind = ITEM_KINDS[items.kinds.at(index)];
    const isRecord = kind === 'full' || kind === 'first' || kind === 'middle' || kind === 'last';
    const bytes = isRecord ? readRange(file, offset, size) : undefined;
    return {
      offset,
      size,
      kind,
      block: blockOf(offset),
      length: bytes && size - HEADER_SIZE,
      checksum: bytes && crc32c(bytes, 6, bytes.length),
      reason: items.reasons.get(index),
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
      fault: batches.faults.get(index),
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

  private findOperation(operation: number): { reader: BatchReader; batch: number } | undefined {
    const { batches } = this.surveyed();
    const batch = batches.firstOperations.countUpTo(operation) - 1;
    if (batch < 0) return undefined;
    const reader = new BatchReader();
    reader.reset(this.recordOf(batch));
    for (let left = operation - batches.firstOperations.at(batch); reader.next(); left--) {
      if (left === 0) return { reader, batch };
    }
    return undefined;
  }

  /** The payload of a batch; the last one is kept, since neighbours in a list often share it. */
  private recordOf(index: number): Uint8Array {
    if (this.lastBatch?.index === index) return this.lastBatch.record;
    const { batches } = this.surveyed();
    const record = recordAt(this.present().file, batches.offsets.at(index), batches.ends.at(index));
    this.lastBatch = { index, record };
    return record;
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

/** As JSON has it: text above 2^53. */
function plain(value: U64): number | string {
  return typeof value === 'bigint' ? `${value}` : value;
}
