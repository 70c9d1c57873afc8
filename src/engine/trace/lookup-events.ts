import type { U64 } from '../bytes/u64';

/** What a place answered for the key that was looked for. */
export type LookupAnswer = 'value' | 'deletion' | 'absent';

/**
 * The steps of one Get, in the order in which LevelDB takes them (db/db_impl.cc Get, db/version_set.cc
 * Version::Get, table/table.cc InternalGet).
 */
export type LookupEvent =
  | {
      step: 'memtable';
      /** The log that the memtable was rebuilt from. */
      file: string;
      entries: number;
      result: LookupAnswer;
      sequence?: U64;
    }
  | {
      /** A table that was not opened, and why. */
      step: 'skipped';
      level: number;
      file: string;
      reason: 'key outside its range';
    }
  | {
      /** A level below 0 in which no table's range holds the key. */
      step: 'level';
      level: number;
      files: number;
      reason: 'no table covers the key';
    }
  | {
      step: 'table';
      level: number;
      file: string;
      /** `filtered`: the filter ruled the key out, so no block was read. */
      result: LookupAnswer | 'filtered';
      sequence?: U64;
      /** The index entry that led to the block: at or after every key in it. An internal key. */
      indexKey?: Uint8Array;
      filter?: { index: number; mayMatch: boolean };
      block?: { offset: number; size: number; restartPoint: number | undefined };
      /** Keys compared in the index block and in the data block. */
      comparisons: number;
      /**
       * Of the table's file, for this lookup: footer, index and filter if it was not open, the block if no cache had it;
       * with the trailers of blocks.
       */
      bytesRead: number;
      /** The filter said "maybe", and the key was not there. */
      falsePositive?: boolean;
    }
  | {
      /** The table charged for the seek: the first one asked, if more than one was (Version::UpdateStats). */
      step: 'seek-charge';
      level: number;
      file: string;
      /** What it starts with when LevelDB opens: max(100, size / 16384). */
      allowedSeeks: number;
    };
