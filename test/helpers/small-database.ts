// A database of a few KiB in memory whose every version of every key is known, for tests that damage it.

import { WriteBatch } from '../../src/engine/batch/write-batch';
import { MemoryEnv } from '../../src/engine/env/memory';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import { encodeInternalKey, InternalKeyComparator, ValueType } from '../../src/engine/keys/internal-key';
import { LogWriter } from '../../src/engine/log/writer';
import {
  emptyVersionEdit,
  encodeVersionEdit,
  type VersionEdit,
} from '../../src/engine/manifest/version-edit';
import { bloomFilterPolicy, internalFilterPolicy } from '../../src/engine/table/filter';
import { TableBuilder, type TableBuilderOptions } from '../../src/engine/table/table-builder';

export const DIRECTORY = '/db';
export const MANIFEST = 'MANIFEST-000007';

/** One version of a key; a deletion has no value. */
export interface KnownVersion {
  key: string;
  sequence: number;
  value: string | undefined;
  file: string;
}

/** A record of a log or MANIFEST: where it ends, and what of the known state it adds. */
export interface KnownRecord {
  end: number;
  versions: readonly KnownVersion[];
  edit?: VersionEdit;
}

export interface SmallDatabase {
  /** By name. */
  files: ReadonlyMap<string, Uint8Array>;
  /** All that live tables and live logs hold. */
  versions: readonly KnownVersion[];
  /** Of the logs and the MANIFEST, by file name. */
  records: ReadonlyMap<string, readonly KnownRecord[]>;
}

const comparator = new InternalKeyComparator(bytewiseComparator);
const filterPolicy = internalFilterPolicy(bloomFilterPolicy(10));
const encoder = new TextEncoder();

export function encode(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

type Put = readonly [key: string, value?: string];

class Builder {
  readonly files = new Map<string, Uint8Array>();
  readonly versions: KnownVersion[] = [];
  readonly records = new Map<string, KnownRecord[]>();
  private sequence = 0;

  /** Writes a table of operations in the order in which they were made, and returns its place in an edit. */
  table(level: number, number: number, options: Partial<TableBuilderOptions>, puts: readonly Put[]) {
    const file = `${String(number).padStart(6, '0')}.ldb`;
    const versions = puts.map(([key, value]) => ({ key, sequence: ++this.sequence, value, file }));
    const entries = versions
      .map(({ key, sequence, value }) => ({ key: internalKey(key, sequence, value), value: value ?? '' }))
      .sort((a, b) => comparator.compare(a.key, 0, a.key.length, b.key, 0, b.key.length));
    const parts: Uint8Array[] = [];
    const builder = new TableBuilder(
      { comparator, blockSize: 120, blockRestartInterval: 4, ...options },
      (part) => parts.push(part.slice()),
    );
    for (const { key, value } of entries) builder.add(key, encode(value));
    builder.finish();
    this.files.set(file, concat(parts));
    this.versions.push(...versions);
    const [smallest, largest] = [entries[0].key, entries[entries.length - 1].key];
    return { level, file: { number, size: builder.fileSize, smallest, largest } };
  }

  log(file: string, batches: readonly (readonly Put[])[]): void {
    const parts: Uint8Array[] = [];
    const writer = new LogWriter((part) => parts.push(part.slice()));
    const records: KnownRecord[] = [];
    for (const puts of batches) {
      const batch = new WriteBatch();
      batch.sequence = this.sequence + 1;
      const versions = puts.map(([key, value]) => ({ key, sequence: ++this.sequence, value, file }));
      for (const [key, value] of puts) {
        if (value === undefined) batch.delete(encode(key));
        else batch.put(encode(key), encode(value));
      }
      writer.addRecord(batch.contents());
      records.push({ end: lengthOf(parts), versions });
      this.versions.push(...versions);
    }
    this.files.set(file, concat(parts));
    this.records.set(file, records);
  }

  manifest(edits: readonly Partial<VersionEdit>[]): void {
    const parts: Uint8Array[] = [];
    const writer = new LogWriter((part) => parts.push(part.slice()));
    const records: KnownRecord[] = [];
    for (const fields of edits) {
      const edit = { ...emptyVersionEdit(), ...fields };
      writer.addRecord(encodeVersionEdit(edit));
      records.push({ end: lengthOf(parts), versions: [], edit });
    }
    this.files.set(MANIFEST, concat(parts));
    this.records.set(MANIFEST, records);
    this.files.set('CURRENT', encode(`${MANIFEST}\n`));
  }
}

/** Four tables over two levels, two logs, six edits; keys that overlap, are overwritten, deleted and written again. */
export function smallDatabase(comparatorName: string = bytewiseComparator.name): SmallDatabase {
  const build = new Builder();
  const snappy = { compression: 'snappy', filterPolicy } as const;
  const low = build.table(1, 5, snappy, [
    ...['a0', 'a1', 'a2', 'b0', 'b1', 'b2'].map(
      (key) => [key, `${key} of table five`.padEnd(40, '.')] as const,
    ),
    ['a3'],
  ]);
  const high = build.table(1, 6, { blockSize: 60 }, [
    ['k0', 'k0 of table six'],
    ['k1', ''],
    ['k2', 'k2 of table six'],
    ['k3', 'k3 of table six'],
  ]);
  const older = build.table(0, 8, { filterPolicy }, [
    ['a1', 'a1 of table eight'],
    ['b0'],
    ['b1', 'b1 of table eight'],
    ['k0'],
    ['k0', 'k0 of table eight'],
    ['m0', 'm0 of table eight'],
  ]);
  const newer = build.table(0, 9, { compression: 'snappy' }, [
    ['a2', 'a2 of table nine'.padEnd(60, '-')],
    ['b1'],
    ['k1', 'k1 of table nine'],
    ['m0', 'm0 of table nine'.padEnd(60, '-')],
  ]);
  build.log('000010.log', [
    [
      ['b2', 'b2 of log ten'],
      ['m1', 'm1 of log ten'],
    ],
    [['k2']],
    [['b0', 'b0 of log ten']],
  ]);
  build.log('000011.log', [[['k3', 'k3 of log eleven']], [['a2'], ['n0', '']], [['m1', 'm1 of log eleven']]]);
  const firstTable = {
    number: 4,
    size: 100,
    smallest: internalKey('a0', 1, ''),
    largest: internalKey('b2', 6, ''),
  };
  build.manifest([
    { comparator: comparatorName },
    { logNumber: 3, prevLogNumber: 0, nextFileNumber: 4, lastSequence: 0 },
    { nextFileNumber: 5, lastSequence: 6, newFiles: [{ level: 0, file: firstTable }] },
    {
      compactPointers: [{ level: 0, key: firstTable.largest }],
      deletedFiles: [{ level: 0, number: 4 }],
      newFiles: [low, high],
      nextFileNumber: 8,
      lastSequence: 11,
    },
    { newFiles: [older], nextFileNumber: 9, lastSequence: 17 },
    { newFiles: [newer], logNumber: 10, prevLogNumber: 0, nextFileNumber: 12, lastSequence: 21 },
  ]);
  return build;
}

/** Where the record begins that stands in two blocks of the log of `fragmentedDatabase`. */
export const FILLER_BYTES = 32768 - 7 - 60;

/** One table and one log of two blocks; the record across them is small, the one that fills the first is not. */
export function fragmentedDatabase(): SmallDatabase {
  const build = new Builder();
  const table = build.table(0, 5, {}, [
    ['a', 'a of the table'],
    ['b', 'b of the table'],
    ['c', 'c of the table'],
  ]);
  // 12 bytes of batch header, tag, key and its length, and three bytes of the value's length.
  const filler = 'fill '.repeat(FILLER_BYTES).slice(0, FILLER_BYTES - 12 - 3 - 3);
  build.log('000006.log', [
    [['f', filler]],
    [['b', 'b of the log, in two pieces'.padEnd(90, '!')]],
    [['c']],
    [['d', 'd of the log']],
  ]);
  build.manifest([
    { comparator: bytewiseComparator.name },
    { logNumber: 6, prevLogNumber: 0, nextFileNumber: 8, lastSequence: 3, newFiles: [table] },
  ]);
  return build;
}

export function environment(files: ReadonlyMap<string, Uint8Array>): MemoryEnv {
  const env = new MemoryEnv();
  env.makeDirectory(DIRECTORY);
  for (const [name, bytes] of files) env.setFile(`${DIRECTORY}/${name}`, bytes);
  return env;
}

/** The answer of a get for each key of `versions`: the value of the newest one. */
export function newest(versions: readonly KnownVersion[]): Map<string, KnownVersion> {
  const result = new Map<string, KnownVersion>();
  for (const version of versions) {
    const other = result.get(version.key);
    if (!other || other.sequence < version.sequence) result.set(version.key, version);
  }
  return result;
}

function internalKey(key: string, sequence: number, value: string | undefined): Uint8Array {
  return encodeInternalKey(encode(key), sequence, value === undefined ? ValueType.deletion : ValueType.value);
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
