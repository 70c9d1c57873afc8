// The kernel: what is done to every byte or entry of a file, on memory that the caller fills. Nothing is allocated:
// addresses from `HEAP` on are the caller's, who has `reserve` make room. Behind whatever is handed over there are
// SLACK bytes that may be read, and written where they are behind an output.

export { addAscending, ascendingFilled, ascendingLargest } from './ascending';
export { batchesFollow, parseBatches } from './batches';
export { setBloomBits } from './bloom';
export { buildBlocks } from './build-blocks';
export { COMPACT, compactEntries, endBlock } from './compact';
export { crc32c } from './crc32c';
export { fnvBytes } from './fnv';
export { frameRecord, logStop, scanLog } from './log-scan';
export { gatherTables, MANIFEST, readManifest } from './manifest';
export { HEAP, reserve, SLACK } from './memory';
export {
  addBatches,
  arenaFilled,
  entriesAdded,
  heightSeed,
  setUsage,
  usageBytes,
  usageRemaining,
  usageUsed,
} from './memtable';
export { beginMerge, beginRun, MERGE, mergeEntries, RUNS } from './merge';
export { BLOCK_LOG } from './run';
export { findInBlock } from './search';
export { decodeSnappy, encodeSnappy } from './snappy';
export { sortEntries } from './sort-entries';
export { addParts, endParts } from './table-parts';
export { VERIFY, verifyBlocks } from './verify';
