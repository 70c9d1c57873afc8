// A trace that nobody recorded: 5,000 tables in level 1, and compactions into them for as many events as are wanted.

import { encodeInternalKey } from '../../src/engine/keys/internal-key';
import { emptyVersionEdit, type FileMetaData } from '../../src/engine/manifest/version-edit';
import type { TracedOptions, TraceEvent } from '../../src/engine/trace/events';
import { Replay } from '../../src/engine/trace/replay/replay';
import { TraceSession } from '../../src/worker/trace-session';

export const LONG_TABLES = 5000;
const MANIFEST = 'MANIFEST-000001';
const LIMITS = {
  level0Files: 4,
  level0SlowdownFiles: 8,
  level0StopFiles: 12,
  level1Bytes: 10_485_760,
  maxFlushLevel: 2,
  maxFileBytes: 2_097_152,
};
const OPTIONS: TracedOptions = {
  comparator: 'leveldb.BytewiseComparator',
  createIfMissing: false,
  paranoidChecks: false,
  verifyChecksums: false,
  reuseLogs: false,
  writeBufferSize: 4_194_304,
  maxWriteBufferNumber: 2,
  blockSize: 4096,
  blockRestartInterval: 16,
  compression: 'snappy',
  filterPolicy: undefined,
  limits: LIMITS,
};
/** Of one compaction: its pick, its output's begin, 496 blocks and entries, the output's end, the end, the edit. */
const CYCLE = 501;

function key(number: number): Uint8Array {
  return new TextEncoder().encode(`key${String(number).padStart(8, '0')}`);
}

function file(number: number, place: number, width = 9): FileMetaData {
  return {
    number,
    size: 20_000 + place,
    smallest: encodeInternalKey(key(place * 10), 9, 1),
    largest: encodeInternalKey(key(place * 10 + width), 1, 1),
  };
}

/** Exactly `length` events. */
export function* longTrace(length: number): Generator<TraceEvent> {
  let told = 0;
  for (const event of endless()) {
    if (told++ === length) return;
    yield event;
  }
}

function* endless(): Generator<TraceEvent> {
  const level1 = Array.from({ length: LONG_TABLES }, (_, i) => file(10 + i, i));
  const scores = [0, 1.5, 0, 0, 0, 0];
  const counters = { nextFileNumber: 6000, logNumber: 3, prevLogNumber: 0, lastSequence: 9 };
  yield { type: 'open', directory: '/long', options: OPTIONS, grain: 'files' };
  yield { type: 'current', manifest: MANIFEST };
  const edit = { ...emptyVersionEdit(), ...counters, comparator: OPTIONS.comparator };
  edit.newFiles.push(...level1.map((each) => ({ level: 1, file: each })));
  yield { type: 'manifest-edit', manifest: MANIFEST, index: 0, offset: 0, edit };
  const levels: FileMetaData[][] = [[], level1, [], [], [], [], []];
  yield { type: 'manifest-end', manifest: MANIFEST, edits: 1, ...counters, levels, scores, reused: true };
  yield { type: 'logs', files: [] };
  yield { type: 'open-end', lastSequence: 9, logFile: '000003.log' };
  for (let n = 0; ; n++) yield* compaction(level1, n, scores);
}

/** A table of level 1 is written anew into its place, as if level 0 had had one there. */
function* compaction(level1: FileMetaData[], n: number, scores: number[]): Generator<TraceEvent> {
  const place = n % LONG_TABLES;
  const input = level1[place]!;
  const output = file(10_000 + n, place, 5 + (n % 5));
  yield {
    type: 'pick',
    reason: 'size',
    level: 1,
    begin: undefined,
    end: undefined,
    scores,
    pointerBefore: undefined,
    pointerAfter: input.largest,
    inputs: [[input], []],
    first: input.number,
    overlapping: [],
    boundary: [],
    expanded: [],
    expansionRefused: undefined,
    grandparents: [],
    trivialMove: false,
    smallestSnapshot: 9,
  };
  yield { type: 'output-begin', table: output.number, level: 2 };
  const bytes = Math.floor(Number(input.size) / 200);
  for (let i = 0; i < (CYCLE - 5) / 2; i++) {
    yield { type: 'input-block', table: input.number, level: 1, offset: i * bytes, bytes };
    const counts = { entries: 10, kept: 8, shadowed: 2, deletions: 0 };
    yield { type: 'input-block-end', table: input.number, level: 1, offset: i * bytes, ...counts };
  }
  yield { type: 'output-end', table: output.number, file: output, entries: 1984, why: 'end of input' };
  const total = { entriesRead: 2480, entriesKept: 1984, shadowed: 496, deletions: 0 };
  const read = Number(input.size);
  yield { type: 'compaction-end', level: 1, bytesRead: read, bytesWritten: Number(output.size), ...total };
  const edit = emptyVersionEdit();
  edit.deletedFiles.push({ level: 1, number: input.number });
  edit.newFiles.push({ level: 1, file: output });
  level1[place] = output;
  const levels: FileMetaData[][] = [[], level1, [], [], [], [], []];
  yield { type: 'version', edit, levels, scores, manifest: MANIFEST, newManifest: false };
}

/** A session with these events in it, as if it had read them. */
export function takeEvents(events: Iterable<TraceEvent>): TraceSession {
  const session = new TraceSession();
  const replay = new Replay(events);
  const source = {
    kind: 'file',
    path: '/long.lsmtrace',
    engine: 'made up',
    dryRun: false,
    directory: '/long',
  };
  const taking = session as unknown as {
    take(...parts: [Replay, typeof source, [], undefined, undefined]): void;
  };
  taking.take(replay, source, [], undefined, undefined);
  return session;
}
