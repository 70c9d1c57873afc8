// Databases that several threads read, sound ones and others.

import { readFile } from '../../src/engine/env/env';
import { tableFileName } from '../../src/engine/manifest/file-names';
import { Table } from '../../src/engine/table/table';
import { blocksOf, randomDatabase } from '../engine/kernel-databases';
import { randomNumbers } from '../helpers/leveldb';
import { MemoryDatabase } from '../helpers/memory-database';

const random = randomNumbers(61);
const encoder = new TextEncoder();

/** Levels, deletions, logs: of other sizes each round. */
export function soundDatabase(round: number): MemoryDatabase {
  return randomDatabase([40, 300, 900][round % 3], {
    compression: round % 3 === 0 ? 'none' : 'snappy',
    blockSize: [60, 400, 4096][random(3)],
  });
}

/** Values larger than a slot, which are their keys' newest; keys of many versions. */
export function largeValues(): MemoryDatabase {
  const versions = Array.from({ length: 60 }, (_, i) => ({
    key: encoder.encode(`k${String(i >> 2).padStart(4, '0')}`),
    sequence: 100 + i,
    ...(i % 7 === 3 ? {} : { value: new Uint8Array(i % 20 === 7 ? (2 << 20) + i : 100).fill(i) }),
  }));
  const db = new MemoryDatabase();
  for (let i = 0; i < 5; i++) db.addTable(i < 2 ? 0 : 2, 10 + i, versions.slice(i * 12, i * 12 + 12));
  return db.finish();
}

/** A table has a wrong byte, is cut short, or is gone. */
export function damagedDatabase(round: number): MemoryDatabase {
  const db = soundDatabase(round);
  const tables = db.env.list(db.directory).filter(({ name }) => name.endsWith('.ldb'));
  const path = db.path(tables[random(tables.length)].name);
  const bytes = readFile(db.env, path).slice();
  bytes[random(bytes.length)] ^= 1 + random(255);
  if (round % 6 === 0) db.env.removeFile(path);
  else db.env.setFile(path, round % 6 === 1 ? bytes.subarray(0, random(bytes.length)) : bytes);
  return db;
}

/** Blocks of a table have changed places: keys are not in order, under right checksums. */
export function unorderedDatabase(round: number): MemoryDatabase {
  // All entries have the same size, hence blocks have.
  const key = (i: number) => encoder.encode(`key${String(i).padStart(6, '0')}`);
  // Deletions have it where no value has any bytes.
  const value = (i: number) =>
    round % 2 === 0 ? { value: key(i) } : i % 60 < 20 ? {} : { value: key(0).subarray(9) };
  const versions = (from: number) =>
    Array.from({ length: 300 }, (_, i) => ({ key: key(i * 7 + from), sequence: 5 + from, ...value(i) }));
  const db = new MemoryDatabase();
  for (let i = 0; i < 4; i++) {
    const all = versions(i).slice(i % 2 === 0 ? 0 : 150);
    db.addTable(i === 3 ? 2 : 0, 10 + i, all, { blockSize: 200, compression: 'none' });
  }
  const path = db.path(tableFileName(10 + (round % 4)));
  const sound = readFile(db.env, path);
  const table = Table.open(db.env.open(path), { name: 'table', comparator: db.comparator });
  const [, ...data] = blocksOf(table);
  const changed = sound.slice();
  for (let i = 1 + random(3); i > 0; i--) {
    const [a, b] = [data[random(data.length)], data[random(data.length)]];
    if (a.size !== b.size) continue;
    changed.set(sound.subarray(a.offset, a.offset + a.size + 5), b.offset);
    changed.set(sound.subarray(b.offset, b.offset + b.size + 5), a.offset);
  }
  db.env.setFile(path, changed);
  return db.finish();
}
