// The rows of the table: what is done, against whom, and what is wanted. docs/performance.md explains each.

import type { DatabaseName } from './databases';
import type { SideName } from './sides';
import type { WorkName } from './work';

/** A peer that does the same, and how many times as fast we are to be; a row beside one with a goal has none. */
export interface Against {
  side: SideName;
  work: WorkName;
  goal?: number;
}

/**
 * A goal that needs no peer. `memory`: megabytes above a process that does nothing. `blocks`: the most that are read of one
 * level.
 */
export interface Absolute {
  what: 'milliseconds' | 'memory' | 'MB/s' | 'blocks';
  goal: number;
}

export interface Row {
  title: string;
  database: DatabaseName;
  /** Who does it on our side (default the engine). */
  side?: SideName;
  work: WorkName;
  /** What a count is worth, for a rate. */
  unit: 'entries' | 'gets' | 'time' | 'log bytes' | 'table bytes';
  cacheBytes?: number;
  against: Against[];
  absolute?: Absolute[];
  /** The folders that are left have the same entries. */
  sameResult?: true;
}

function scans(title: string, database: DatabaseName): Row {
  const against: Against[] = [
    { side: 'C++', work: 'digest', goal: 1.5 },
    { side: 'classic-level', work: 'scan-buffers', goal: 15 },
    { side: 'classic-level', work: 'scan-strings', goal: 7 },
  ];
  return { title: `verified scan with digest, ${title}`, database, work: 'digest', unit: 'entries', against };
}

function goingToKeys(title: string, database: DatabaseName): Row {
  const absolute: Absolute[] = [{ what: 'blocks', goal: 2 }];
  return { title, database, work: 'go-to-keys', unit: 'time', against: [], absolute };
}

const BIG_CACHE = 1 << 30;

export const rows: readonly Row[] = [
  scans('small', 'small'),
  scans('json', 'json'),
  scans('layered', 'layered'),
  {
    title: 'digest scan, a thread for each processor',
    database: 'small',
    work: 'digest-together',
    unit: 'entries',
    against: [{ side: 'C++', work: 'digest', goal: 2.5 }],
  },
  {
    title: 'scan as strings, json',
    database: 'json',
    work: 'scan-strings',
    unit: 'entries',
    against: [{ side: 'classic-level', work: 'scan-strings', goal: 3 }],
  },
  {
    title: 'lsm verify --checksums',
    database: 'small',
    side: 'lsm',
    work: 'checksums',
    unit: 'table bytes',
    against: [{ side: 'sst_dump', work: 'checksums', goal: 0.8 }],
  },
  {
    title: 'lsm verify',
    database: 'small',
    side: 'lsm',
    work: 'verify',
    unit: 'table bytes',
    against: [{ side: 'C++', work: 'scan', goal: 1.2 }],
  },
  {
    title: 'lsm dump',
    database: 'small',
    side: 'lsm',
    work: 'dump',
    unit: 'entries',
    against: [{ side: 'classic-level', work: 'dump' }],
  },
  {
    title: 'open, clean',
    database: 'small',
    work: 'open',
    unit: 'time',
    against: [
      { side: 'classic-level', work: 'open', goal: 1 },
      { side: 'C++', work: 'open', goal: 1 },
    ],
  },
  {
    title: 'open, clean, and the folder listed',
    database: 'small',
    work: 'open-listed',
    unit: 'time',
    against: [
      { side: 'classic-level', work: 'open' },
      { side: 'C++', work: 'open' },
    ],
  },
  {
    title: 'open with a small log',
    database: 'small log',
    work: 'open-log',
    unit: 'time',
    against: [{ side: 'classic-level', work: 'open-log', goal: 2 }],
  },
  {
    title: 'many tables, to the first tree',
    database: 'many tables',
    work: 'tree',
    unit: 'time',
    against: [{ side: 'C++', work: 'open', goal: 2 }],
  },
  {
    title: 'many tables, the tree and the folder listed',
    database: 'many tables',
    work: 'tree-listed',
    unit: 'time',
    against: [{ side: 'C++', work: 'open' }],
    absolute: [{ what: 'memory', goal: 60 }],
  },
  {
    title: 'random get, cached',
    database: 'json',
    work: 'get-again',
    unit: 'gets',
    cacheBytes: BIG_CACHE,
    against: [
      { side: 'C++', work: 'get-again', goal: 0.8 },
      { side: 'classic-level', work: 'get-sync-again', goal: 1.1 },
    ],
  },
  {
    title: 'random get, not cached',
    database: 'small',
    work: 'get',
    unit: 'gets',
    against: [
      { side: 'C++', work: 'get', goal: 0.7 },
      { side: 'classic-level', work: 'get', goal: 3 },
    ],
  },
  {
    title: 'seek',
    database: 'small',
    work: 'seek',
    unit: 'gets',
    against: [
      { side: 'C++', work: 'seek', goal: 0.7 },
      { side: 'classic-level', work: 'seek', goal: 4 },
    ],
  },
  {
    title: 'log of single puts',
    database: 'log of puts',
    work: 'log',
    unit: 'log bytes',
    against: [],
    absolute: [{ what: 'MB/s', goal: 1000 }],
  },
  {
    title: 'log of batches',
    database: 'log of batches',
    work: 'log',
    unit: 'log bytes',
    against: [],
    absolute: [{ what: 'MB/s', goal: 2000 }],
  },
  {
    title: 'recovery of a log',
    database: 'log of batches',
    work: 'recover',
    unit: 'time',
    against: [{ side: 'C++', work: 'recover', goal: 1 / 0.7 }],
    sameResult: true,
  },
  {
    title: 'put in batches, random',
    database: 'empty',
    work: 'fill-random',
    unit: 'entries',
    against: [{ side: 'classic-level', work: 'fill-random', goal: 1.5 }],
    sameResult: true,
  },
  {
    title: 'load in order',
    database: 'empty',
    work: 'fill-sequential',
    unit: 'entries',
    against: [{ side: 'C++', work: 'fill-sequential', goal: 1.3 }],
    sameResult: true,
  },
  {
    title: 'CompactRange',
    database: 'to compact',
    work: 'compact',
    unit: 'time',
    against: [{ side: 'C++', work: 'compact', goal: 1 / 0.6 }],
    sameResult: true,
  },
  goingToKeys('keys grid, to a key, cold', 'layered'),
  {
    title: 'keys grid, 100 GB browsed and scanned',
    database: 'huge',
    work: 'browse',
    unit: 'time',
    against: [],
    absolute: [{ what: 'memory', goal: 150 }],
  },
  {
    title: 'extension, load and activate',
    database: 'empty',
    side: 'extension',
    work: 'activate',
    unit: 'time',
    against: [],
    absolute: [{ what: 'milliseconds', goal: 20 }],
  },
  {
    title: 'extension, worker and first tree',
    database: 'some tables',
    side: 'extension',
    work: 'worker-tree',
    unit: 'time',
    against: [],
    absolute: [{ what: 'milliseconds', goal: 300 }],
  },
  {
    title: 'large: open, with its log',
    database: 'large',
    work: 'open-log',
    unit: 'time',
    against: [{ side: 'C++', work: 'open-log', goal: 1 }],
  },
  goingToKeys('large: keys grid, to a key, cold', 'large'),
  {
    title: 'large: random get, not cached',
    database: 'large',
    work: 'get',
    unit: 'gets',
    against: [{ side: 'C++', work: 'get', goal: 0.7 }],
  },
  {
    title: 'large: verified scan with digest',
    database: 'large',
    work: 'digest',
    unit: 'table bytes',
    against: [{ side: 'C++', work: 'digest', goal: 1.5 }],
  },
  {
    title: 'large: digest scan, a thread for each processor',
    database: 'large',
    work: 'digest-together',
    unit: 'table bytes',
    against: [{ side: 'C++', work: 'digest', goal: 2.5 }],
  },
  {
    title: 'large: lsm verify --checksums',
    database: 'large',
    side: 'lsm',
    work: 'checksums',
    unit: 'table bytes',
    against: [{ side: 'sst_dump', work: 'checksums', goal: 0.8 }],
  },
  {
    title: 'large: lsm verify',
    database: 'large',
    side: 'lsm',
    work: 'verify',
    unit: 'table bytes',
    against: [{ side: 'C++', work: 'scan', goal: 1.2 }],
  },
];
