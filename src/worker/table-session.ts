import { copyOf } from '../engine/bytes/copy';
import { escapeBytes } from '../engine/bytes/escape';
import { comparatorAround } from '../engine/db/file-context';
import { tableHistory } from '../engine/db/table-history';
import { type RandomAccessFile, readRange } from '../engine/env/env';
import { NodeReadableEnv, nodeInflate } from '../engine/env/node';
import {
  encodeInternalKey,
  InternalKeyComparator,
  MAX_SEQUENCE,
  parseInternalKey,
  TYPE_FOR_SEEK,
} from '../engine/keys/internal-key';
import { LsmError, type Problem, type ProblemCode, type ProblemSink } from '../engine/problem';
import { type Annotation, annotateContents, annotateFooter, annotateStored } from '../engine/table/annotate';
import { BlockCursor } from '../engine/table/block';
import { BLOCK_TRAILER_SIZE } from '../engine/table/format';
import { isBlock, TableOutline, type TableRegion } from '../engine/table/layout';
import { readBlock, readStoredBlock } from '../engine/table/read-block';
import { surveyTable } from '../engine/table/survey';
import { type LookupTrace, Table } from '../engine/table/table';
import type { TableCursor } from '../engine/table/table-cursor';
import type { Page } from './api';
import { ExportFile } from './export-file';
import { whileHeld } from './held-job';
import type { JobOf, JobsOf } from './job';
import { keyRef } from './key-ref';
import { moving } from './moved';
import { fileFingerprint } from './surroundings';
import {
  type AnnotatedBytes,
  type EntriesPage,
  type EntriesRequest,
  type LookupPath,
  REGION_KINDS,
  type RegionRow,
  type TableCalls,
  type TableJobs,
  type TableMap,
  type TableSummary,
  type TableSurveyView,
} from './table-api';
import { TableEntries } from './table-entries';

const MAX_PROBLEMS = 1000;
/** Bytes of a block that are shown with their structure. */
const SHOWN_BYTES = 64 << 10;
/** Blocks that one page of regions reads; the others are read when they are looked at, or by the survey. */
const READ_BYTES = 8 << 20;
/** Of the edits that moved the table: those that come last. */
const MAX_CHANGES = 200;
/** Entries of an export, and bytes of them, between two looks at who else wants to work. */
const EXPORT_SLICE = 500;
const EXPORT_SLICE_BYTES = 1 << 20;

/** What is open of a table's file. */
interface OpenTable {
  path: string;
  name: string;
  file: RandomAccessFile;
  bytes: number;
  /** Of the file and its surroundings when it was opened. */
  fingerprint: string;
  comparator: InternalKeyComparator;
  orderKnown: boolean;
  outline: TableOutline;
  /** Undefined if footer or index are lost. */
  table: Table | undefined;
  entries: TableEntries | undefined;
  /** Regions that were read, by their index. */
  known: Map<number, TableRegion>;
  problems: Problem[];
}

/** One table, opened in the worker's thread. */
export class TableSession implements TableCalls {
  private readonly env = new NodeReadableEnv();
  private opened: OpenTable | undefined;

  open(path: string): TableSummary {
    const opened = this.openFile(path);
    this.opened?.file.close();
    this.opened = opened;
    return this.summary(opened);
  }

  refresh(): TableSummary {
    return this.open(this.present().path);
  }

  hasChanged(): boolean {
    const { path, fingerprint } = this.present();
    return fileFingerprint(this.env, path) !== fingerprint;
  }

  map(): TableMap {
    const { outline, known } = this.present();
    const { regions } = outline;
    const { length } = regions;
    const map: TableMap = {
      starts: new Float64Array(length),
      ends: new Float64Array(length),
      kinds: new Uint8Array(length),
      rawSizes: new Float64Array(length),
      damaged: new Uint8Array(length),
    };
    for (let i = 0; i < length; i++) {
      map.starts[i] = regions[i].offset;
      map.ends[i] = endOf(regions[i]);
      map.kinds[i] = REGION_KINDS.indexOf(regions[i].kind);
    }
    for (const [i, region] of known) {
      map.rawSizes[i] = region.rawSize ?? 0;
      map.damaged[i] = isBlock(region.kind) && region.crcOk !== true ? 1 : 0;
    }
    return moving(map);
  }

  regions(start: number, end: number): Page<RegionRow> {
    const { regions } = this.present().outline;
    let bytes = 0;
    const rows = regions.slice(start, end).map((region, i) => {
      const index = start + i;
      const isDear = bytes > 0 && bytes + region.size > READ_BYTES;
      if (isDear && !this.present().known.has(index)) return { ...region, index };
      if (!this.present().known.has(index)) bytes += region.size;
      return this.regionRow(index);
    });
    return { total: regions.length, rows };
  }

  entries(request: EntriesRequest): EntriesPage {
    const { entries, problems } = this.present();
    const page = entries?.page({ ...request, count: Math.min(1000, Math.max(1, request.count)) });
    const none = { rows: [], atStart: true, atEnd: true, position: 0, estimatedTotal: 0 };
    return { ...(page ?? none), problems: [...problems] };
  }

  lookup(key: Uint8Array): LookupPath {
    const { table, comparator } = this.readable();
    const target = encodeInternalKey(key, MAX_SEQUENCE, TYPE_FOR_SEEK);
    const cursor = new BlockCursor(comparator);
    let trace: LookupTrace | undefined;
    const result = table.lookup(target, 0, target.length, cursor, (seen) => {
      trace = seen;
    });
    const at = cursor.valid ? copyOf(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd) : undefined;
    const userKey = at && parseInternalKey(at)?.userKey;
    const found =
      result === 'found' &&
      userKey !== undefined &&
      comparator.user.compare(userKey, 0, userKey.length, key, 0, key.length) === 0;
    const { handle, filterIndex, filterAnswer, indexKey } = trace ?? {};
    return {
      found,
      internalKey: found ? at : undefined,
      indexKey: indexKey && keyRef(indexKey),
      block: handle && { ...handle },
      filter: filterIndex === undefined ? undefined : { index: filterIndex, mayMatch: filterAnswer === true },
      restartPoint: trace?.restartPoint,
      comparisons: trace?.comparisons ?? 0,
    };
  }

  value(internalKey: Uint8Array, limit: number): Uint8Array | undefined {
    return this.present().entries?.value(internalKey, limit);
  }

  bytes(region: number, form: 'stored' | 'decoded'): AnnotatedBytes {
    const { outline, file, bytes: fileBytes, name } = this.present();
    const row = outline.regions[region];
    if (!row) throw new LsmError('Invalid argument', 'invalid-argument', `no region ${region}`, name);
    const { kind, offset, size } = row;
    const options = { name, codec: { inflate: nodeInflate }, verifyChecksums: false };
    if (form === 'decoded' && isBlock(kind)) {
      const { bytes } = readBlock(file, fileBytes, { offset, size }, options);
      return page(
        `${kind} block at ${offset}, decoded`,
        0,
        bytes,
        annotateContents(bytes, kind, SHOWN_BYTES),
      );
    }
    const total = endOf(row) - offset;
    const stored = readRange(file, offset, Math.min(total, SHOWN_BYTES));
    let fields: Annotation[] = [];
    if (kind === 'footer') fields = annotateFooter(stored);
    else if (isBlock(kind) && offset + size + BLOCK_TRAILER_SIZE <= fileBytes) {
      const { type, crcStored, crcComputed } = readStoredBlock(file, fileBytes, { offset, size }, name);
      fields = annotateStored(size, type, crcStored, crcComputed);
    }
    const title = isBlock(kind) ? `${kind} block at ${offset}, as stored` : `${kind} at ${offset}`;
    return { ...page(title, offset, stored, fields), totalBytes: total };
  }

  regionAt(offset: number): number {
    return this.present().outline.regions.findIndex((row) => row.offset <= offset && offset < endOf(row));
  }

  readonly jobs: JobsOf<TableJobs> = {
    survey: () => this.survey(),
    export: (path) => this.export(path),
  };

  private *survey(): JobOf<TableSurveyView> {
    const opened = this.present();
    const { outline, comparator, known, name, problems } = opened;
    const total = outline.regions.length;
    const job = whileHeld(surveyTable(outline, opened.table, comparator), () => this.opened === opened);
    for (let step = job.next(); ; step = job.next()) {
      if (step.done) {
        const { smallest, largest, ...counts } = step.value;
        return {
          ...counts,
          smallest: smallest && keyRef(smallest),
          largest: largest && keyRef(largest),
          problems: [...problems],
        };
      }
      const { index, region } = step.value;
      known.set(index, region);
      yield { detail: name, done: index + 1, total };
    }
  }

  private *export(path: string): JobOf<number> {
    const opened = this.readable();
    const { table, name } = opened;
    const file = new ExportFile(path);
    let entries = 0;
    let bytes = 0;
    let isWhole = false;
    try {
      const cursor = table.cursor({ fillCache: false });
      for (const offset of whileHeld(walk(cursor), () => this.opened?.table === table)) {
        const { keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd } = cursor;
        const { userKey, sequence, type } = keyRef(keyBuffer.subarray(keyStart, keyEnd));
        const value = escapeBytes(valueBuffer, valueStart, valueEnd);
        const shown = typeof sequence === 'bigint' ? `${sequence}` : sequence;
        file.line(JSON.stringify({ key: escapeBytes(userKey), sequence: shown, type, value }));
        bytes += keyEnd - keyStart + valueEnd - valueStart;
        if (++entries % EXPORT_SLICE !== 0 && bytes < EXPORT_SLICE_BYTES) continue;
        bytes = 0;
        yield { detail: name, done: offset, total: table.fileSize };
      }
      file.close();
      isWhole = true;
      return entries;
    } finally {
      if (!isWhole) file.discard();
    }
  }

  private openFile(path: string): OpenTable {
    const { env } = this;
    const { name } = env.split(path);
    const fingerprint = fileFingerprint(env, path);
    const file = env.open(path);
    try {
      return this.openIn(path, name, fingerprint, file);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  private openIn(path: string, name: string, fingerprint: string, file: RandomAccessFile): OpenTable {
    const { env } = this;
    const bytes = file.size();
    const context = comparatorAround(env, path, undefined);
    const comparator = new InternalKeyComparator(context.comparator);
    const problems: Problem[] = [];
    const seen = new Set<string>();
    const sink: ProblemSink = (problem) => {
      if (problems.length === MAX_PROBLEMS) return;
      const identity = `${problem.offset} ${problem.code}`;
      if (!seen.has(identity)) problems.push(problem);
      seen.add(identity);
    };
    const codec = { inflate: nodeInflate };
    const outline = new TableOutline(file, bytes, { name, codec }, sink);
    const table = openTable(file, { name, comparator, codec, sink });
    const data = outline.regions.filter(({ kind }) => kind === 'data');
    return {
      path,
      name,
      file,
      bytes,
      fingerprint,
      comparator,
      orderKnown: context.known,
      outline,
      table,
      entries: table && new TableEntries(table, data),
      known: new Map(),
      problems,
    };
  }

  private summary({
    path,
    name,
    bytes,
    comparator,
    orderKnown,
    outline,
    table,
    problems,
  }: OpenTable): TableSummary {
    const filter = table?.filter;
    const history = tableHistory(this.env, path);
    return {
      name,
      bytes,
      comparator: comparator.user.name,
      orderKnown,
      readable: table !== undefined,
      regions: outline.regions.length,
      dataBlocks: outline.regions.filter(({ kind }) => kind === 'data').length,
      filter: outline.regions.find(({ kind }) => kind === 'filter')?.name,
      filters: filter?.filterCount ?? 0,
      history: history && { ...history, changes: history.changes.slice(-MAX_CHANGES) },
      problems: [...problems],
    };
  }

  /** A region with what its block says; the block is read when a row of it is looked at for the first time. */
  private regionRow(index: number): RegionRow {
    const { outline, known } = this.present();
    let region = known.get(index);
    if (!region) {
      region = outline.read(index);
      known.set(index, region);
    }
    return { ...region, index };
  }

  private present(): OpenTable {
    if (!this.opened) throw new LsmError('Invalid argument', 'invalid-argument', 'no table is open');
    return this.opened;
  }

  private readable(): OpenTable & { table: Table } {
    const opened = this.present();
    const { table, name } = opened;
    if (!table)
      throw new LsmError(
        'Corruption',
        'bad-footer',
        'footer or index are lost: nothing leads to the entries',
        name,
      );
    return { ...opened, table };
  }
}

/** Moves over every entry; gives the offset of its block. */
function* walk(cursor: TableCursor): Generator<number, void> {
  for (cursor.seekToFirst(); cursor.valid; cursor.next()) yield cursor.blockHandle?.offset ?? 0;
}

/** Undefined if footer or index are damaged; the sink was told. */
function openTable(file: RandomAccessFile, options: Parameters<typeof Table.open>[1]): Table | undefined {
  try {
    return Table.open(file, options);
  } catch (error) {
    if (!(error instanceof LsmError)) throw error;
    options.sink?.({
      severity: 'error',
      file: options.name,
      ...(error.offset === undefined ? {} : { offset: error.offset }),
      // Opening gives no code that is not a problem's.
      code: error.code as ProblemCode,
      message: error.message,
    });
    return undefined;
  }
}

function endOf({ kind, offset, size }: TableRegion): number {
  return offset + size + (isBlock(kind) ? BLOCK_TRAILER_SIZE : 0);
}

function page(title: string, offset: number, bytes: Uint8Array, fields: Annotation[]): AnnotatedBytes {
  const shown = copyOf(bytes, 0, Math.min(bytes.length, SHOWN_BYTES));
  return {
    title,
    offset,
    bytes: shown,
    fields: fields
      .filter(({ start }) => start < shown.length)
      .map((f) => ({ ...f, end: Math.min(f.end, shown.length) })),
    totalBytes: bytes.length,
  };
}
