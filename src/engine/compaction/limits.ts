// When a tree is out of shape (db/dbformat.h, db/version_set.cc). A what-if takes other numbers than LevelDB's.

export interface CompactionLimits {
  /** Level 0 is compacted at this many files. */
  level0Files: number;
  /** From this many files in level 0 on, each write waits a millisecond. */
  level0SlowdownFiles: number;
  /** From this many files in level 0 on, writes wait for a compaction. */
  level0StopFiles: number;
  /** Bytes that level 1 may hold; each further level ten times as many. */
  level1Bytes: number;
  /** A flush puts its table no deeper than this, while nothing overlaps it there. */
  maxFlushLevel: number;
  /** Options::max_file_size: an output ends here. */
  maxFileBytes: number;
}

export const DEFAULT_LIMITS: CompactionLimits = {
  level0Files: 4,
  level0SlowdownFiles: 8,
  level0StopFiles: 12,
  level1Bytes: 10 * 1048576,
  maxFlushLevel: 2,
  maxFileBytes: 2 << 20,
};

/** MaxBytesForLevel. */
export function levelCapacity(limits: CompactionLimits, level: number): number {
  return limits.level1Bytes * 10 ** Math.max(0, level - 1);
}

/** Bytes in level n + 2 that one output of a compaction into level n + 1 may overlap (MaxGrandParentOverlapBytes). */
export function maxGrandparentBytes(limits: CompactionLimits): number {
  return 10 * limits.maxFileBytes;
}

/** Bytes of all inputs above which they are not expanded (ExpandedCompactionByteSizeLimit). */
export function maxExpandedBytes(limits: CompactionLimits): number {
  return 25 * limits.maxFileBytes;
}

/** Seeks that a table may cost before it is compacted: one is worth 16 KiB of compaction (VersionSet::Builder::Apply). */
export function allowedSeeks(bytes: number): number {
  return Math.max(100, Math.floor(bytes / 16384));
}
