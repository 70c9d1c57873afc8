// A database of as many bytes as one likes that takes no room: a MANIFEST of many tables in several levels, and tables
// that are all alike but for the digits of their place in the order of keys, written into them when they are read.

import { crc32c, maskCrc } from '../../src/engine/bytes/crc32c';
import { writeFixed32 } from '../../src/engine/bytes/fixed';
import {
  type DirectoryEntry,
  EnvError,
  type FileStat,
  type RandomAccessFile,
  type ReadableEnv,
} from '../../src/engine/env/env';
import { MemoryEnv } from '../../src/engine/env/memory';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import { encodeInternalKey, InternalKeyComparator, ValueType } from '../../src/engine/keys/internal-key';
import { LogWriter } from '../../src/engine/log/writer';
import { tableFileName } from '../../src/engine/manifest/file-names';
import { emptyVersionEdit, encodeVersionEdit } from '../../src/engine/manifest/version-edit';
import { type FilterPolicy, internalFilterPolicy } from '../../src/engine/table/filter';
import { BLOCK_TRAILER_SIZE } from '../../src/engine/table/format';
import { TableOutline } from '../../src/engine/table/layout';
import { TableBuilder } from '../../src/engine/table/table-builder';

/** Tables of levels 1 to 6, filled in this order: no level is over its limit, so that nothing is compacted. */
const LEVEL_TABLES = [4, 40, 400, 4_000, 40_000, Number.POSITIVE_INFINITY];
const FIRST_NUMBER = 10;
const PLACE_DIGITS = 9;
const PLACES = 10 ** PLACE_DIGITS;
/** What stands in the table that is the pattern where others have their place. */
const NO_PLACE = '?'.repeat(PLACE_DIGITS);
const SEQUENCE = 1000;

const encoder = new TextEncoder();

/** LevelDB's Bloom filter of ten bits a key, with all bits set: a table's own would differ with its place. */
const FULL_FILTER: FilterPolicy = {
  name: 'leveldb.BuiltinBloomFilter2',
  createFilter: (keys, out) => {
    const bits = new Uint8Array(Math.ceil((10 * keys.length) / 8)).fill(0xff);
    out.bytes(bits);
    out.byte(6);
  },
  keyMayMatch: () => true,
};

/** A table and a MANIFEST. */
export interface HugeFiles {
  pattern: Uint8Array;
  manifest: Uint8Array;
}

interface StoredBlock {
  start: number;
  /** Of the trailer. */
  end: number;
  /** Where the digits stand, in the file. */
  places: number[];
}

/** `tables` files of about `tableBytes` each. It stays in memory: one table, and a MANIFEST. */
export class HugeDatabase implements ReadableEnv {
  readonly directory = '/huge';
  readonly tables: number;
  readonly entriesPerTable: number;
  readonly tableBytes: number;
  /** Tables that somebody has open. */
  openTables = 0;
  private readonly memory = new MemoryEnv();
  private readonly pattern: Uint8Array;
  private readonly manifest: Uint8Array;
  private readonly blocks: StoredBlock[] = [];
  private readonly valueBytes: number;
  // Used again and again, so that it is the reader's memory that grows, if any.
  private readonly room: Uint8Array;
  private readonly checksum = new Uint8Array(4);

  /** Without `made`, what `files` gave, they are made. */
  constructor(tables: number, tableBytes = 2 << 20, valueBytes = 100, made?: HugeFiles) {
    this.tables = tables;
    this.valueBytes = valueBytes;
    this.entriesPerTable = Math.ceil(tableBytes / (valueBytes + 16));
    this.pattern = made?.pattern ?? this.makePattern();
    this.tableBytes = this.pattern.length;

    this.findDigits();
    this.room = new Uint8Array(Math.max(...this.blocks.map(({ start, end }) => end - start)));
    this.manifest = made?.manifest ?? this.makeManifest();
    this.memory.setFile(this.join(this.directory, 'MANIFEST-000002'), this.manifest);
    this.memory.setFile(this.join(this.directory, 'CURRENT'), encoder.encode('MANIFEST-000002\n'));
  }

  /** What took long to make. */
  get files(): HugeFiles {
    return { pattern: this.pattern, manifest: this.manifest };
  }

  get bytes(): number {
    return this.tables * this.tableBytes;
  }

  /** The key of an entry of a table; tables are counted through the levels. */
  keyOf(table: number, entry: number): Uint8Array {
    return keyAt(String(this.placeOf(table)).padStart(PLACE_DIGITS, '0'), entry);
  }

  list(directory: string): DirectoryEntry[] {
    const entries = this.memory.list(directory);
    for (let i = 0; i < this.tables; i++)
      entries.push({ name: tableFileName(FIRST_NUMBER + i), isDirectory: false });
    return entries;
  }

  stat(path: string): FileStat {
    if (this.tableAt(path) === undefined) return this.memory.stat(path);
    return { size: this.tableBytes, modified: 0, isDirectory: false };
  }

  open(path: string): RandomAccessFile {
    const table = this.tableAt(path);
    if (table === undefined) return this.memory.open(path);
    const place = encoder.encode(String(this.placeOf(table)).padStart(PLACE_DIGITS, '0'));
    let isOpen = true;
    this.openTables++;
    return {
      path,
      size: () => this.tableBytes,
      read: (offset, target, start, length) => {
        if (!isOpen) throw new EnvError('io', path, 'read of a closed file');
        return this.read(place, offset, target, start, length);
      },
      close: () => {
        if (isOpen) this.openTables--;
        isOpen = false;
      },
    };
  }

  join(directory: string, name: string): string {
    return this.memory.join(directory, name);
  }

  split(path: string): { directory: string; name: string } {
    return this.memory.split(path);
  }

  private tableAt(path: string): number | undefined {
    const number = /\/(\d+)\.ldb$/.exec(path)?.[1];
    return number === undefined ? undefined : Number(number) - FIRST_NUMBER;
  }

  /** Tables of a level are spread over all places, and those of two levels never have the same one. */
  private placeOf(table: number): number {
    const { level, index, count } = this.levelOf(table);
    return Math.floor((index / count) * (PLACES / 10)) * 10 + level;
  }

  private levelOf(table: number): { level: number; index: number; count: number } {
    let rest = this.tables;
    let index = table;
    for (const [i, most] of LEVEL_TABLES.entries()) {
      const count = Math.min(most, rest);
      if (index < count) return { level: i + 1, index, count };
      index -= count;
      rest -= count;
    }
    throw new RangeError(`there is no table ${table}`);
  }

  private makePattern(): Uint8Array {
    const parts: Uint8Array[] = [];
    const comparator = new InternalKeyComparator(bytewiseComparator);
    const filterPolicy = internalFilterPolicy(FULL_FILTER);
    const builder = new TableBuilder({ comparator, filterPolicy }, (part) => parts.push(part.slice()));
    for (let i = 0; i < this.entriesPerTable; i++) {
      const value = encoder.encode(`${i} `.repeat(this.valueBytes).slice(0, this.valueBytes));
      builder.add(encodeInternalKey(keyAt(NO_PLACE, i), SEQUENCE, ValueType.value), value);
    }
    builder.finish();
    return new Uint8Array(Buffer.concat(parts));
  }

  private findDigits(): void {
    const { pattern } = this;
    const file = { path: '', size: () => pattern.length, read: copyFrom(pattern), close: () => {} };
    const outline = new TableOutline(file, pattern.length, { name: 'pattern', codec: {} }, ({ message }) => {
      throw new Error(message);
    });
    const bytes = Buffer.from(pattern.buffer, pattern.byteOffset, pattern.length);
    for (const { kind, offset, size } of outline.regions) {
      if (kind === 'footer') continue;
      const places: number[] = [];
      const end = offset + size;
      for (
        let at = bytes.indexOf(NO_PLACE, offset);
        at >= 0 && at < end;
        at = bytes.indexOf(NO_PLACE, at + 1)
      )
        places.push(at);
      this.blocks.push({ start: offset, end: end + BLOCK_TRAILER_SIZE, places });
    }
    this.blocks.sort((a, b) => a.start - b.start);
  }

  private read(place: Uint8Array, offset: number, target: Uint8Array, start: number, length: number): number {
    const { pattern, blocks } = this;
    const end = Math.min(pattern.length, offset + length);
    if (end <= offset) return 0;
    target.set(pattern.subarray(offset, end), start);
    const put = (at: number, bytes: Uint8Array) => {
      for (let i = 0; i < bytes.length; i++)
        if (at + i >= offset && at + i < end) target[start + at + i - offset] = bytes[i];
    };
    const { checksum } = this;
    for (let i = this.firstBlock(offset); i < blocks.length && blocks[i].start < end; i++) {
      const block = blocks[i];
      if (block.places.length === 0) continue;
      for (const at of block.places) put(at, place);
      if (block.end > end) continue;
      const contents = this.room.subarray(0, block.end - 4 - block.start);
      contents.set(pattern.subarray(block.start, block.end - 4));
      for (const at of block.places) contents.set(place, at - block.start);
      writeFixed32(checksum, 0, maskCrc(crc32c(contents, 0, contents.length)));
      put(block.end - 4, checksum);
    }
    return end - offset;
  }

  private firstBlock(offset: number): number {
    let [low, high] = [0, this.blocks.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.blocks[middle].end <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private makeManifest(): Uint8Array {
    const parts: Uint8Array[] = [];
    const log = new LogWriter((part) => parts.push(part.slice()));
    const write = (edit: Parameters<typeof encodeVersionEdit>[0]) => log.addRecord(encodeVersionEdit(edit));
    write({ ...emptyVersionEdit(), comparator: bytewiseComparator.name });
    const [size, last] = [this.tableBytes, this.entriesPerTable - 1];
    const key = (table: number, entry: number) =>
      encodeInternalKey(this.keyOf(table, entry), SEQUENCE, ValueType.value);
    for (let i = 0; i < this.tables; i += 10) {
      const edit = emptyVersionEdit();
      for (let table = i; table < Math.min(this.tables, i + 10); table++) {
        const file = {
          number: FIRST_NUMBER + table,
          size,
          smallest: key(table, 0),
          largest: key(table, last),
        };
        edit.newFiles.push({ level: this.levelOf(table).level, file });
      }
      write(edit);
    }
    const nextFileNumber = FIRST_NUMBER + this.tables;
    write({ ...emptyVersionEdit(), logNumber: 0, prevLogNumber: 0, nextFileNumber, lastSequence: SEQUENCE });
    return new Uint8Array(Buffer.concat(parts));
  }
}

function keyAt(place: string, entry: number): Uint8Array {
  return encoder.encode(`key${place}:${String(entry).padStart(6, '0')}`);
}

function copyFrom(bytes: Uint8Array): RandomAccessFile['read'] {
  return (offset, target, start, length) => {
    const part = bytes.subarray(offset, offset + length);
    target.set(part, start);
    return part.length;
  };
}
