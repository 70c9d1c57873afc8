import { copyOf } from '../bytes/copy';
import { encodeInternalKey, MAX_SEQUENCE, TAG_BYTES, TYPE_FOR_SEEK } from '../keys/internal-key';
import { findFile } from '../manifest/version';
import { type FileMetaData, LEVELS } from '../manifest/version-edit';
import { LsmError } from '../problem';
import { BlockCursor } from '../table/block';
import { BLOCK_TRAILER_SIZE } from '../table/format';
import type { Table } from '../table/table';
import type { Moment } from './moment';

/** Databases up to so many bytes of tables are counted; larger ones are estimated from blocks of one table. */
const COUNTED_BYTES = 1 << 20;
const SAMPLED_BLOCKS = 64;

/** Entries, and the bytes that they take in a file. */
export interface EntrySample {
  entries: number;
  bytes: number;
}

/**
 * Where keys lie in a moment, by bytes: for scroll bars, not for answers. Asks index blocks and no data block but the
 * sample's. What cannot be read counts as empty.
 */
export class KeySpace {
  private readonly moment: Moment;
  /** For each level, the bytes of the files before the n-th. */
  private readonly before: number[][];
  private readonly tableBytes: number;
  private entries: number | undefined;

  constructor(moment: Moment) {
    this.moment = moment;
    this.before = moment.version.levels.map((files) => {
      const sums = [0];
      for (const { size } of files) sums.push(sums[sums.length - 1] + Number(size));
      return sums;
    });
    this.tableBytes = this.before.reduce((sum, sums) => sum + sums[sums.length - 1], 0);
  }

  /** About which share of the database, 0 to 1, lies before a user key. */
  position(userKey: Uint8Array): number {
    const key = encodeInternalKey(userKey, MAX_SEQUENCE, TYPE_FOR_SEEK);
    if (this.tableBytes === 0) {
      const logs = this.moment.memtables();
      const total = logs.reduce((sum, { memtable }) => sum + memtable.entries, 0);
      const below = logs.reduce((sum, { memtable }) => sum + memtable.rank(key, 0, key.length), 0);
      return total === 0 ? 0 : below / total;
    }
    let bytes = 0;
    for (let level = 0; level < LEVELS; level++) bytes += this.bytesBefore(level, key);
    return Math.min(1, bytes / this.tableBytes);
  }

  /** A user key before which about this share of the database lies; undefined if there are no keys. */
  keyAt(fraction: number): Uint8Array | undefined {
    const share = Math.max(0, Math.min(1, fraction));
    if (this.tableBytes === 0) return this.logKeyAt(share);
    // The level with most of the bytes stands for all: keys of the others are spread over the same range.
    const totals = this.before.map((sums) => sums[sums.length - 1]);
    const level = totals.indexOf(Math.max(...totals));
    const sums = this.before[level];
    const target = share * totals[level];
    let index = sums.findIndex((sum) => sum > target) - 1;
    if (index < 0) index = sums.length - 2;
    const file = this.moment.version.levels[level][index];
    return this.keyAtOffset(file, target - sums[index]) ?? userKeyOf(file.smallest);
  }

  /** About how many versions of keys there are; exact for small databases and for those that are all in the log. */
  estimatedEntries(): number {
    this.entries ??= this.estimate();
    return this.entries;
  }

  /** The same, of what is known without reading: where nothing was counted yet, by a sample. */
  roughEntries({ entries, bytes }: EntrySample): number {
    if (this.entries !== undefined || this.tableBytes === 0) return this.estimatedEntries();
    return this.entriesInLogs() + Math.round((entries / Math.max(1, bytes)) * this.tableBytes);
  }

  private bytesBefore(level: number, key: Uint8Array): number {
    const { version } = this.moment;
    const files = version.levels[level];
    if (level === 0) return files.reduce((sum, file) => sum + this.offsetIn(file, key), 0);
    const index = findFile(version.comparator, files, key, 0, key.length);
    return this.before[level][index] + (index < files.length ? this.offsetIn(files[index], key) : 0);
  }

  private offsetIn(file: FileMetaData, key: Uint8Array): number {
    const { comparator } = this.moment.version;
    const { smallest, largest } = file;
    if (comparator.compare(key, 0, key.length, smallest, 0, smallest.length) <= 0) return 0;
    if (comparator.compare(key, 0, key.length, largest, 0, largest.length) > 0) return Number(file.size);
    return this.withTable(file, (table) => table.approximateOffsetOf(key)) ?? 0;
  }

  /** The user key of the index entry whose block holds the offset. */
  private keyAtOffset(file: FileMetaData, offset: number): Uint8Array | undefined {
    return this.withTable(file, (table) => {
      const index = table.indexCursor();
      let previous: Uint8Array | undefined;
      for (index.seekToFirst(); index.valid; index.next()) {
        const handle = table.indexedHandle(index);
        if (handle.offset + handle.size >= offset) break;
        previous = userKeyOf(copyOf(index.keyBuffer, index.keyStart, index.keyEnd));
      }
      return previous;
    });
  }

  private logKeyAt(share: number): Uint8Array | undefined {
    const logs = this.moment.memtables().filter(({ memtable }) => memtable.entries > 0);
    if (logs.length === 0) return undefined;
    const { memtable } = logs.reduce((a, b) => (b.memtable.entries > a.memtable.entries ? b : a));
    return userKeyOf(memtable.keyAt(Math.floor(share * (memtable.entries - 1))));
  }

  private entriesInLogs(): number {
    return this.moment.memtables().reduce((sum, { memtable }) => sum + memtable.entries, 0);
  }

  private estimate(): number {
    const inLogs = this.entriesInLogs();
    if (this.tableBytes === 0) return inLogs;
    const files = [...this.moment.version.files()].map(({ file }) => file);
    if (this.tableBytes <= COUNTED_BYTES) {
      return inLogs + files.reduce((sum, file) => sum + (this.withTable(file, countEntries) ?? 0), 0);
    }
    const sample = files[files.length >> 1];
    const { entries, bytes } = this.withTable(sample, sampleOf) ?? { entries: 0, bytes: 1 };
    return inLogs + Math.round((entries / Math.max(1, bytes)) * this.tableBytes);
  }

  /** Undefined if the table cannot be read, or is gone. */
  private withTable<T>(file: FileMetaData, use: (table: Table) => T): T | undefined {
    try {
      return use(this.moment.tables.get(file));
    } catch (error) {
      if (error instanceof LsmError) return undefined;
      throw error;
    }
  }
}

function countEntries(table: Table): number {
  const cursor = table.cursor({ fillCache: false });
  let count = 0;
  for (cursor.seekToFirst(); cursor.valid; cursor.next()) count++;
  return count;
}

/** Of blocks all over a table; of all of it where it has few. */
function sampleOf(table: Table): EntrySample {
  const index = table.indexCursor();
  let blocks = 0;
  for (index.seekToFirst(); index.valid; index.next()) blocks++;
  if (blocks <= SAMPLED_BLOCKS) return { entries: countEntries(table), bytes: table.fileSize };
  const step = Math.ceil(blocks / SAMPLED_BLOCKS);
  const sample: EntrySample = { entries: 0, bytes: 0 };
  let place = 0;
  for (index.seekToFirst(); index.valid; index.next()) {
    if (place++ % step !== 0) continue;
    const { entries, bytes } = sampleOfBlock(table, index);
    sample.entries += entries;
    sample.bytes += bytes;
  }
  return sample;
}

/** A block that cannot be read counts as empty. */
function sampleOfBlock(table: Table, index: BlockCursor): EntrySample {
  try {
    const handle = table.indexedHandle(index);
    const cursor = new BlockCursor(table.comparator, table.readBlock(handle, false));
    let entries = 0;
    for (cursor.seekToFirst(); cursor.valid; cursor.next()) entries++;
    return { entries, bytes: handle.size + BLOCK_TRAILER_SIZE };
  } catch (error) {
    if (error instanceof LsmError && error.code !== 'vanished') return { entries: 0, bytes: 0 };
    throw error;
  }
}

function userKeyOf(internalKey: Uint8Array): Uint8Array {
  return copyOf(internalKey, 0, Math.max(0, internalKey.length - TAG_BYTES));
}
