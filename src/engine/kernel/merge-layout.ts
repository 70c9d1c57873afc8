// Where assembly/run.ts, assembly/merge.ts and others keep what they share with us: bytes from the beginning of a run, of the
// merge and so on. 64 bits are two words, the lower one first.

export const MAX_RUNS = 128;
export const RUN_BYTES = 256;

export const RunAt = {
  keyAt: 16,
  keyLength: 20,
  entry: 32,
  next: 36,
  limit: 40,
  blockAt: 44,
  indexEntry: 48,
  indexNext: 52,
  indexAt: 56,
  indexLimit: 60,
  indexKeyLength: 64,
  pieceAt: 68,
  pieceStart: 72,
  pieceLength: 80,
  roomAt: 84,
  roomBytes: 88,
  keyRoom: 92,
  soundEnd: 96,
  wantOffset: 104,
  wantBytes: 112,
  valid: 116,
  passedIndexEntry: 120,
  passedEntry: 124,
  fileSize: 128,
  hasPassed: 136,
  startEntry: 140,
  blockKept: 144,
  blockShadowed: 148,
  blockDeletions: 152,
  reuse: 156,
  blockEnd: 168,
} as const;

/** `RunAt.reuse`: which stored blocks of a table are as our encoder would have them: none, those without compression, all. */
export const Reuse = { none: 0, plain: 1, all: 2 } as const;

export const MergeAt = {
  maxTag: 0,
  hash: 8,
  keyBytes: 16,
  valueBytes: 24,
  savedAt: 40,
  savedLength: 44,
  skipping: 48,
  hasUpper: 52,
  upperAt: 56,
  upperLength: 60,
  internal: 64,
  digest: 68,
  outAt: 72,
  outBytes: 76,
  outUsed: 80,
  quadsAt: 84,
  maxEntries: 88,
  count: 92,
  wantBytes: 96,
  run: 100,
  moving: 104,
  runsAt: 112,
} as const;

/** assembly/verify.ts. */
export const VerifyAt = {
  greatest: 0,
  blocks: 8,
  entries: 12,
  contents: 16,
  lastKeyAt: 20,
  lastKeyLength: 24,
  otherKeyAt: 28,
  filterAt: 32,
  filterArray: 36,
  filters: 40,
  filterBaseLg: 44,
} as const;

/** assembly/table-parts.ts. */
export const TablePartsAt = {
  arena: 0,
  fields: 4,
  stride: 8,
  order: 12,
  count: 16,
  done: 20,
  blocksAt: 24,
  fileBytes: 28,
  indexAt: 32,
  indexBytes: 36,
  startsAt: 40,
  indexEntries: 44,
  hashesAt: 48,
  hashed: 52,
  bitsPerKey: 56,
  probes: 60,
  filtersAt: 64,
  filterBytes: 68,
  offsetsAt: 72,
  filters: 76,
} as const;
export const TABLE_PARTS_BYTES = 80;

/**
 * assembly/run.ts, BlockLog. A record is eight words: the run's address, entries of the merge before, its index entry; of
 * the block that was left how many entries a compaction kept, dropped as shadowed and as deletions; two are not used.
 */
export const BlockLogAt = { at: 0, room: 4, count: 8 } as const;
export const LOG_RECORD_BYTES = 32;

/** assembly/compact.ts. */
export const CompactAt = {
  sequenceBefore: 0,
  smallestSnapshot: 8,
  fileBytes: 16,
  maxFileBytes: 24,
  hasUserKey: 32,
  answers: 36,
  isBase: 40,
  answerEndAt: 44,
  answerEndLength: 48,
  hasBoundary: 52,
  boundaryAt: 56,
  boundaryLength: 60,
  blockSize: 64,
  restartInterval: 68,
  compress: 72,
  isHashed: 76,
  rawAt: 80,
  rawRoom: 84,
  rawUsed: 88,
  restartsAt: 92,
  points: 96,
  blockEntries: 104,
  lastKeyAt: 108,
  lastKeyLength: 112,
  endedKeyLength: 116,
  headLength: 120,
  outAt: 124,
  outRoom: 128,
  outUsed: 132,
  blocksAt: 136,
  maxBlocks: 140,
  blockCount: 144,
  keysAt: 148,
  keysRoom: 152,
  keysUsed: 156,
  hashesAt: 160,
  maxHashes: 164,
  hashCount: 168,
  outputEntries: 172,
  beganAt: 176,
  kept: 180,
  shadowed: 184,
  deletions: 188,
  wantBytes: 196,
  reused: 200,
} as const;
export const COMPACT_BYTES = 204;

/** `CompactAt.answers`: whether deletions have nothing below is known for no key, for all, before a key, up to one. */
export const Answers = { none: 0, all: 1, before: 2, upTo: 3 } as const;

/**
 * Numbers of a block in the list at `CompactAt.blocksAt`: its bytes without the trailer, those before compression, its
 * entries, which entry of the merge ended it, the lengths of its head and its last key.
 */
export const BLOCK_NUMBERS = 6;

/** As assembly/run.ts has them. */
export const Code = {
  ok: 0,
  end: 1,
  full: 2,
  needTable: 3,
  needPiece: 4,
  needRoom: 5,
  needKeyRoom: 6,
  unusual: 7,
  needLog: 8,
  needAnswer: 9,
  atBoundary: 10,
  needBlockRoom: 11,
  needOutRoom: 12,
} as const;
