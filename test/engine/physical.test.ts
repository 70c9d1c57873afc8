import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32c, maskCrc } from '../../src/engine/bytes/crc32c';
import { writeFixed32 } from '../../src/engine/bytes/fixed';
import { MemoryFile } from '../../src/engine/env/memory';
import { BLOCK_SIZE, HEADER_SIZE } from '../../src/engine/log/format';
import { PhysicalRecordScanner } from '../../src/engine/log/physical';
import { LogWriter } from '../../src/engine/log/writer';
import { LevelDbRandom } from './leveldb-random';

function logOf(...sizes: number[]): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  const writer = new LogWriter((piece) => {
    for (const byte of piece) bytes.push(byte);
  });
  sizes.forEach((size, i) => {
    writer.addRecord(new Uint8Array(size).fill(0x61 + i));
  });
  return Uint8Array.from(bytes);
}

function fixChecksum(contents: Uint8Array, header: number, length: number): void {
  writeFixed32(contents, header, maskCrc(crc32c(contents, header + 6, header + HEADER_SIZE + length)));
}

/** One line for each item; checks on the way that the items cover the file. */
function scan(contents: Uint8Array): string[] {
  const scanner = new PhysicalRecordScanner(new MemoryFile('log', contents));
  const lines: string[] = [];
  let covered = 0;
  while (scanner.next()) {
    const { kind, offset, size, type, length, damage } = scanner;
    assert.equal(offset, covered);
    assert.ok(size > 0);
    assert.equal(scanner.blockOffset, offset % BLOCK_SIZE);
    assert.equal(kind === 'damage', damage !== undefined);
    covered += size;
    if (kind === 'record') {
      assert.ok(scanner.crcOk && scanner.crcStored === scanner.crcComputed);
      assert.equal(scanner.dataEnd - scanner.dataStart, length);
      assert.equal(size, scanner.headerLength + length);
      const data = scanner.buffer.subarray(scanner.dataStart, scanner.dataEnd);
      assert.deepEqual(data, contents.subarray(offset + HEADER_SIZE, offset + size));
    }
    if (damage) assert.deepEqual([damage.offset, damage.length], [offset, size]);
    lines.push(`${offset}+${size} ${damage ? damage.reason : kind}${kind === 'record' ? ` ${type}` : ''}`);
  }
  assert.equal(covered, contents.length);
  assert.equal(scanner.next(), false);
  return lines;
}

test('records, fragments and trailers', () => {
  assert.deepEqual(scan(logOf()), []);
  assert.deepEqual(scan(logOf(3, 0)), ['0+10 record 1', '10+7 record 1']);
  assert.deepEqual(scan(logOf(2 * BLOCK_SIZE, 1)), [
    '0+32768 record 2',
    '32768+32768 record 3',
    '65536+21 record 4',
    '65557+8 record 1',
  ]);
  assert.deepEqual(scan(logOf(BLOCK_SIZE - HEADER_SIZE - 4, 1)), [
    '0+32764 record 1',
    '32764+4 trailer',
    '32768+8 record 1',
  ]);
  assert.deepEqual(scan(logOf(BLOCK_SIZE - 2 * HEADER_SIZE, 1)), [
    '0+32761 record 1',
    '32761+7 record 2',
    '32768+8 record 4',
  ]);
});

test('the scan goes on behind damage where LevelDB does', () => {
  const log = logOf(10, 10, BLOCK_SIZE, 10);
  const checksum = log.slice();
  checksum[17 + 8] ^= 1;
  assert.deepEqual(scan(checksum), [
    '0+17 record 1',
    '17+32751 checksum mismatch',
    '32768+48 record 4',
    '32816+17 record 1',
  ]);

  const length = log.slice();
  length[17 + 5] = 0xff;
  assert.deepEqual(scan(length).slice(1, 3), ['17+32751 bad record length', '32768+48 record 4']);

  const type = log.slice();
  type[17 + 6] = 77;
  fixChecksum(type, 17, 10);
  assert.deepEqual(scan(type).slice(1, 3), ['17+17 unknown record type 77', '34+32734 record 2']);
});

test('a damaged record still shows its header', () => {
  const log = logOf(10, 5);
  log[8] ^= 1;
  const scanner = new PhysicalRecordScanner(new MemoryFile('log', log));
  assert.equal(scanner.next(), true);
  assert.deepEqual([scanner.type, scanner.length, scanner.crcOk], [1, 10, false]);
  assert.notEqual(scanner.crcStored, scanner.crcComputed);
  assert.equal(scanner.crcComputed, crc32c(log, 6, 17));
  assert.deepEqual(scanner.damage, { offset: 0, length: 29, reason: 'checksum mismatch' });
});

test('torn tails', () => {
  const log = logOf(10, 10);
  assert.deepEqual(scan(log.subarray(0, 33)), ['0+17 record 1', '17+16 torn']);
  assert.deepEqual(scan(log.subarray(0, 20)), ['0+17 record 1', '17+3 torn']);
});

test('preallocated space', () => {
  const log = new Uint8Array(2 * BLOCK_SIZE + 5);
  log.set(logOf(10));
  assert.deepEqual(scan(log), [
    '0+17 record 1',
    '17+32751 preallocated',
    '32768+32768 preallocated',
    '65536+5 preallocated',
  ]);
  log[100] = 1;
  assert.equal(scan(log)[1], '17+32751 bytes behind a zero record');
});

test('no input makes the scan throw, stop early or leave a gap', () => {
  const random = new LevelDbRandom(301);
  const small = logOf(3, 0, 20);
  for (let at = 0; at < small.length; at++) {
    scan(small.subarray(0, at));
    for (const change of [1, 0x80, 0xff]) {
      const flipped = small.slice();
      flipped[at] ^= change;
      scan(flipped);
    }
  }
  const large = logOf(3 * BLOCK_SIZE, 5, BLOCK_SIZE);
  for (let i = 0; i < 100; i++) {
    const flipped = large.slice();
    for (let n = random.uniform(4); n >= 0; n--) flipped[random.uniform(flipped.length)] = random.next();
    scan(flipped);
    scan(random.bytes(random.skewed(17)));
  }
});
