// Databases in memory for the kernel's tests: random ones, and small ones to be damaged.

import { crc32c, maskCrc } from '../../src/engine/bytes/crc32c';
import { writeFixed32 } from '../../src/engine/bytes/fixed';
import type { BlockHandle } from '../../src/engine/table/format';
import type { Table } from '../../src/engine/table/table';
import type { TableBuilderOptions } from '../../src/engine/table/table-builder';
import { randomNumbers } from '../helpers/leveldb';
import { MemoryDatabase, type StoredVersion } from '../helpers/memory-database';

const random = randomNumbers(32);
const encoder = new TextEncoder();

export function randomKey(keys: number): Uint8Array {
  const number = random(keys);
  // Some are prefixes of others, some differ in zeros at their end, some are long.
  const kind = number % 7;
  const text = `k${String(number).padStart(kind === 0 ? 1 : 6, '0')}`;
  if (kind === 1) return encoder.encode(`${text}\0\0`.slice(0, text.length + random(3)));
  if (kind === 2) return encoder.encode(text + 'long'.repeat(number % 90));
  if (kind === 3) return Uint8Array.of(number % 256);
  return number === 4 ? new Uint8Array(0) : encoder.encode(text);
}

function randomValue(): Uint8Array {
  const kind = random(20);
  const length = kind === 0 ? random(3000) : kind < 3 ? 0 : random(60);
  return Uint8Array.from({ length }, (_, i) => (i % 9 < 5 ? 97 : random(256)));
}

/** Tables of several levels and a log, whose keys overlap. The newer ones have the greater sequences. */
export function randomDatabase(keys: number, options: Partial<TableBuilderOptions>): MemoryDatabase {
  const db = new MemoryDatabase();
  let sequence = 1;
  let number = 10;
  const versions = (count: number): StoredVersion[] =>
    Array.from({ length: count }, () => {
      const key = randomKey(keys);
      return random(4) === 0
        ? { key, sequence: sequence++ }
        : { key, sequence: sequence++, value: randomValue() };
    });
  for (const level of [3, 2, 1]) {
    const sorted = versions(1 + random(2 * keys)).sort((a, b) => Buffer.compare(a.key, b.key));
    const tables = 1 + random(4);
    for (let i = 0, begin = 0; i < tables; i++) {
      let end = i === tables - 1 ? sorted.length : Math.floor((sorted.length * (i + 1)) / tables);
      // A user key stays in one table.
      while (end > begin && end < sorted.length && Buffer.compare(sorted[end - 1].key, sorted[end].key) === 0)
        end++;
      if (end > begin) db.addTable(level, number++, sorted.slice(begin, end), options);
      begin = Math.max(begin, end);
    }
  }
  for (let i = random(4); i > 0; i--) db.addTable(0, number++, versions(1 + random(keys)), options);
  if (random(2) === 0) db.addLog(number + 1, versions(1 + random(keys)));
  return db.finish();
}

/** A zstd frame of one block that says a byte many times (RFC 8878): smaller than what it stands for, as it must be. */
export function zstdRaw(block: Uint8Array): Uint8Array {
  const parts: number[] = [0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0];
  const size = block.length;
  parts.splice(5, 4, size & 0xff, (size >> 8) & 0xff, (size >> 16) & 0xff, size >>> 24);
  for (let at = 0; at < size; ) {
    let end = at + 1;
    // No block of zstd's stands for more than 128 KiB.
    const most = Math.min(size, at + (1 << 17));
    while (end < most && block[end] === block[at]) end++;
    const isRepeated = end - at > 4;
    if (!isRepeated) {
      while (end < most && !(block[end] === block[end + 1] && block[end] === block[end + 2])) end++;
    }
    const head = ((end - at) << 3) | (isRepeated ? 2 : 0) | (end === size ? 1 : 0);
    parts.push(head & 0xff, (head >> 8) & 0xff, head >> 16);
    parts.push(...(isRepeated ? [block[at]] : block.subarray(at, end)));
    at = end;
  }
  return Uint8Array.from(parts);
}

/** A small database whose files can be changed: two levels and a table above them. */
export function smallDatabase(
  compression: 'snappy' | 'none',
  more: Partial<TableBuilderOptions> = {},
): MemoryDatabase {
  const versions = (first: number, step: number, count: number, sequence: number) =>
    Array.from({ length: count }, (_, i) => ({
      key: encoder.encode(`key${String(first + i * step).padStart(3, '0')}`),
      sequence: sequence + i,
      ...(i % 5 === 3 ? {} : { value: encoder.encode(`value ${i} `.repeat(i % 6)) }),
    }));
  const options = { compression, blockSize: 150, blockRestartInterval: 4, ...more };
  return new MemoryDatabase()
    .addTable(2, 10, versions(0, 1, 50, 1), options)
    .addTable(2, 11, versions(50, 1, 50, 100), options)
    .addTable(1, 12, versions(20, 2, 30, 200), options)
    .addTable(0, 13, versions(10, 3, 20, 300), options)
    .finish();
}

/** The index block and the data blocks. */
export function blocksOf(table: Table): BlockHandle[] {
  const handles = [table.footer.index];
  const index = table.indexCursor();
  for (index.seekToFirst(); index.valid; index.next()) handles.push(table.indexedHandle(index));
  return handles;
}

/** A file with one byte of a block changed, and the block's checksum made right for it. */
export function withRightChecksum(
  file: Uint8Array,
  { offset, size }: BlockHandle,
  at: number,
  xor: number,
): Uint8Array {
  const changed = file.slice();
  changed[at] ^= xor;
  writeFixed32(changed, offset + size + 1, maskCrc(crc32c(changed, offset, offset + size + 1)));
  return changed;
}
