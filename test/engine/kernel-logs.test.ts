// Logs read by the kernel, many records at once, against the plain reader: the same records, operations, drops and
// reasons in the same order, of sound logs and of damaged ones.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchReader } from '../../src/engine/batch/batch-reader';
import { WriteBatch } from '../../src/engine/batch/write-batch';
import { ByteWriter } from '../../src/engine/bytes/byte-writer';
import { addU64 } from '../../src/engine/bytes/u64';
import { EnvError, type RandomAccessFile } from '../../src/engine/env/env';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import { InternalKeyComparator, sequenceAt, typeAt } from '../../src/engine/keys/internal-key';
import { BLOCK_SIZE } from '../../src/engine/log/format';
import type { EntryTarget } from '../../src/engine/log/log-pieces';
import { LogReader } from '../../src/engine/log/reader';
import { LogWriter } from '../../src/engine/log/writer';
import { replayLog } from '../../src/engine/memtable/log-replay';
import { verifyLogRecords } from '../../src/engine/recovery/verify-log';
import { randomNumbers } from '../helpers/leveldb';

const random = randomNumbers(31);

/** `bad`: a byte that cannot be read. */
function fileOf(bytes: Uint8Array, bad = -1): RandomAccessFile {
  return {
    path: 'log',
    size: () => bytes.length,
    read(offset, target, start, length) {
      if (bad >= offset && bad < offset + length) throw new EnvError('io', 'log', 'Input/output error');
      const part = bytes.subarray(offset, Math.min(bytes.length, offset + length));
      target.set(part, start);
      return part.length;
    },
    close() {},
  };
}

function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random(256));
}

let sequence = 1;

function batchOf(operations: number, valueBytes: number): Uint8Array {
  const batch = new WriteBatch();
  for (let i = 0; i < operations; i++) {
    const key = bytesOf(random(20));
    if (random(5) === 0) batch.delete(key);
    else batch.put(key, bytesOf(random(valueBytes)));
  }
  batch.sequence = sequence;
  sequence += operations;
  return batch.contents().slice();
}

/** A record that is a batch, mostly a sound one, of any size up to several blocks. */
function recordOf(): Uint8Array {
  const kind = random(40);
  if (kind === 0) return bytesOf(random(40));
  if (kind === 1) return batchOf(3, BLOCK_SIZE);
  if (kind === 2) return batchOf(30, 2 * BLOCK_SIZE);
  const batch = batchOf(random(8), 200);
  if (kind === 3) batch[8] ^= 1;
  if (kind === 4 && batch.length > 12) batch[12 + random(batch.length - 12)] ^= 1 << random(8);
  if (kind === 5) return batch.subarray(0, random(batch.length));
  if (kind === 6) batch.fill(0xff, 0, 8);
  return batch;
}

function logOf(bytes: number, record = recordOf): Uint8Array {
  const out = new ByteWriter();
  const writer = new LogWriter((part) => out.bytes(part));
  while (out.length < bytes) writer.addRecord(record());
  return out.toBytes();
}

interface Walk {
  lines: string[];
  /** Batches that the kernel read. */
  byKernel: number;
}

/** Everything that a reader tells, in order. */
function walk(bytes: Uint8Array, inPieces: boolean, bad = -1): Walk {
  const lines: string[] = [];
  let byKernel = 0;
  const file = fileOf(bytes, bad);
  const corruption = (dropped: number, reason: string, offset: number) =>
    lines.push(`dropped ${dropped} at ${offset}: ${reason}`);
  const reader = new LogReader(file, { reporter: { corruption }, inPieces });
  const text = (part: Uint8Array) => Buffer.from(part).toString('latin1');
  const target: EntryTarget = {
    bytes: 7,
    stride: 3,
    addEntries(arena, fields) {
      for (let i = 0; i < fields.length; i += 3) {
        const [key, value, end] = [...fields.subarray(i, i + 3)].map((place) => place - 7);
        const [at, type] = [sequenceAt(arena, value), typeAt(arena, value)];
        lines.push(
          `${at} ${type} ${text(arena.subarray(key, value - 8))} ${text(arena.subarray(value, end))}`,
        );
      }
    },
  };
  const batch = new BatchReader();
  for (;;) {
    const pieces = reader.nextBatches();
    if (pieces) {
      for (let i = pieces.batchesFrom; i < pieces.batchesEnd; byKernel++) {
        const offset = reader.fileOffset(pieces.headerOffset(i));
        lines.push(`record at ${offset} to ${reader.fileOffset(pieces.end(i))}: ${pieces.sequence(i)}`);
        // A limit that is passed at once: the batches one by one.
        i = pieces.addTo(target, i, -1);
      }
      continue;
    }
    if (!reader.next()) break;
    batch.reset(reader.record);
    lines.push(`record at ${reader.recordOffset} to ${reader.recordEnd}: ${batch.sequence}`);
    const { contents } = batch;
    while (batch.next()) {
      const key = text(contents.subarray(batch.keyStart, batch.keyEnd));
      const value = text(contents.subarray(batch.valueStart, batch.valueEnd));
      // As a tag has it: 56 bits.
      const at = BigInt.asUintN(56, BigInt(addU64(batch.sequence, batch.opIndex)));
      lines.push(`${at} ${batch.type} ${key} ${value}`);
    }
    if (batch.error) lines.push(batch.error);
  }
  const { offset, length } = reader.tornTail ?? { offset: -1, length: 0 };
  lines.push(`torn ${offset} ${length} ${reader.tornTailKind} ${reader.canBeContinued(bytes.length)}`);
  return { lines, byKernel };
}

/** Returns how many batches the kernel read. */
function same(bytes: Uint8Array, what: string, bad = -1): number {
  const plain = walk(bytes, false, bad);
  const { lines, byKernel } = walk(bytes, true, bad);
  assert.equal(plain.byKernel, 0);
  const differs = lines.findIndex((line, i) => line !== plain.lines[i]);
  assert.equal(lines[differs], plain.lines[differs], what);
  assert.equal(lines.length, plain.lines.length, what);
  return byKernel;
}

test('sound logs: small records, large ones over several blocks and pieces, bad batches between them', () => {
  let byKernel = 0;
  for (const size of [3, 4, 5, 20, 40, 80]) byKernel += same(logOf(size * BLOCK_SIZE), `${size} blocks`);
  assert.ok(byKernel > 100);
  const small = logOf(10 * BLOCK_SIZE, () => batchOf(random(2), 20));
  assert.ok(same(small, 'small records') > 8192, 'more than fit in one list');
  const many = logOf(20 * BLOCK_SIZE, () => batchOf(20000, 3));
  assert.ok(same(many, 'many operations') > 0);
  const tooMany = logOf(30 * BLOCK_SIZE, () => batchOf(40000, 3));
  assert.equal(same(tooMany, 'more operations than fit'), 0);
  // Larger than a piece.
  same(
    logOf(70 * BLOCK_SIZE, () => batchOf(2, 40 * BLOCK_SIZE)),
    'huge records',
  );
});

test('all batches of a sound log are the kernel’s: those over pieces, and those in the last block', () => {
  for (const size of [100_000, 1_000_000]) {
    let count = 0;
    const log = logOf(size, () => {
      count++;
      return batchOf(1 + random(500), 300);
    });
    assert.equal(same(log, `${size} bytes`), count);
  }
});

test('a block that cannot be read: what is before it, and the plain reader’s failure', () => {
  for (let i = 0; i < 60; i++) {
    const log = logOf(700_000, i % 2 ? recordOf : () => batchOf(1 + random(900), 400));
    same(log, `unreadable ${i}`, random(log.length));
  }
});

test('blocks that end with every number of bytes left', () => {
  for (let left = 0; left < 24; left++) {
    const out = new ByteWriter();
    const writer = new LogWriter((part) => out.bytes(part));
    for (let block = 0; block < 4; block++) {
      const room = BLOCK_SIZE - (out.length % BLOCK_SIZE) - 7 - left;
      const batch = new WriteBatch();
      batch.sequence = sequence++;
      // 12 of header; tag, two lengths (of which one takes three bytes) and the key.
      batch.put(bytesOf(1), bytesOf(room - 12 - 6));
      assert.equal(batch.approximateSize(), room);
      writer.addRecord(batch.contents());
      writer.addRecord(batchOf(2, 30));
    }
    assert.ok(same(out.toBytes(), `${left} left`) >= 6);
  }
});

test('any byte changed, at headers above all, and any cut: what the plain reader tells', () => {
  const sound = logOf(4 * BLOCK_SIZE);
  const headers = walk(sound, false).lines.flatMap((line) => /^record at (\d+) to/.exec(line)?.[1] ?? []);
  let byKernel = 0;
  for (let i = 0; i < 200; i++) {
    const damaged = sound.slice();
    for (let n = 1 + random(3); n > 0; n--) {
      const header = Number(headers[random(headers.length)]);
      const at = random(3) > 0 ? header + random(9) : random(damaged.length);
      damaged[at] = random(2) === 0 ? damaged[at] ^ (1 << random(8)) : random(256);
    }
    byKernel += same(damaged, `damage ${i}`);
    byKernel += same(sound.subarray(0, 2 * BLOCK_SIZE + random(2 * BLOCK_SIZE)), `cut ${i}`);
  }
  assert.ok(byKernel > 100);
});

test('headers made up under right checksums: every type, and lengths that lead out of the block', () => {
  for (let i = 0; i < 100; i++) {
    const out = new ByteWriter();
    const writer = new LogWriter((part) => {
      const copy = part.slice();
      if (random(20) === 0) copy[copy.length - 1] ^= 1;
      out.bytes(copy);
    });
    while (out.length < 3 * BLOCK_SIZE) writer.addPlainly(batchOf(1 + random(200), 100));
    const bytes = out.toBytes();
    // A fragment that is taken out, twice there, or zeros in its place.
    const from = random(bytes.length - 5000);
    const kind = random(3);
    if (kind === 0) bytes.fill(0, from, from + 1 + random(40000));
    else if (kind === 1) bytes.copyWithin(from, random(2) * BLOCK_SIZE, bytes.length);
    else bytes.copyWithin(BLOCK_SIZE, 2 * BLOCK_SIZE);
    same(bytes, `made up ${i}`);
  }
});

test('tails of zeros, in blocks of their own and behind records', () => {
  for (const zeros of [1, 6, 7, 100, BLOCK_SIZE, 3 * BLOCK_SIZE + 5]) {
    const log = new ByteWriter();
    log.bytes(logOf(2 * BLOCK_SIZE + random(BLOCK_SIZE), () => batchOf(random(8), 200)));
    log.bytes(new Uint8Array(zeros));
    assert.ok(same(log.toBytes(), `${zeros} zeros`) > 0);
  }
});

test('verification and replay of a log in pieces count what the records hold', () => {
  for (let i = 0; i < 20; i++) {
    const bytes = logOf(5 * BLOCK_SIZE);
    if (i > 0) bytes[random(bytes.length)] ^= 1 << random(8);
    const { lines } = walk(bytes, false);
    const records = lines.filter((line) => line.startsWith('record at')).length;
    const problems: unknown[] = [];
    const counts = verifyLogRecords(fileOf(bytes), 'log', true, undefined, (problem) =>
      problems.push(problem),
    );
    assert.equal(counts.records, records);
    const { memtable } = replayLog(fileOf(bytes), 'log', new InternalKeyComparator(bytewiseComparator));
    assert.equal(counts.operations, memtable.entries);
    const seen: string[] = [];
    memtable.forEach((arena, key, value, end) => {
      const text = (from: number, to: number) => Buffer.from(arena.subarray(from, to)).toString('latin1');
      seen.push(
        `${sequenceAt(arena, value)} ${typeAt(arena, value)} ${text(key, value - 8)} ${text(value, end)}`,
      );
    });
    const operations = lines.filter((line) => /^\d+ [01] /.test(line));
    assert.deepEqual(seen, operations);
  }
});

test('records written by the kernel are those of TypeScript, wherever in a block they begin', () => {
  for (let i = 0; i < 300; i++) {
    const begin = i < 60 ? BLOCK_SIZE - i : random(BLOCK_SIZE);
    const [left, right] = [new ByteWriter(), new ByteWriter()];
    const inKernel = new LogWriter((part) => left.bytes(part), begin);
    const plain = new LogWriter((part) => right.bytes(part), begin);
    for (let n = 0; n < 3; n++) {
      // Up to several blocks, and just as much as leaves little of one.
      const place = (begin + left.length) % BLOCK_SIZE;
      const sizes = [1024, 2 * BLOCK_SIZE - place - random(30), random(4 * BLOCK_SIZE), random(2000)];
      const record = bytesOf(sizes[random(4)]);
      inKernel.addRecord(record);
      plain.addPlainly(record);
    }
    assert.ok(Buffer.from(left.view()).equals(right.view()), `${i}`);
  }
});

test('gaps and repeats of sequences are told for the batches at fault, and where the log ends', () => {
  for (let i = 0; i < 40; i++) {
    const out = new ByteWriter();
    const writer = new LogWriter((part) => out.bytes(part));
    const warned: number[] = [];
    const oddness = [2, 20, 2000, 100_000][i % 4];
    let at = 5000;
    let expected = 0;
    let next: number | undefined = i % 3 ? 5000 : undefined;
    for (let n = 0; n < 9000; n++) {
      if (random(oddness) === 0) at = Math.max(1, at + random(200) - 100);
      const batch = new WriteBatch();
      for (let puts = random(4); puts > 0; puts--) batch.put(bytesOf(4), bytesOf(random(20)));
      batch.sequence = at;
      if (at < expected) warned.push(n);
      if (next !== undefined && at > next) warned.push(n);
      expected = at + batch.count;
      next = Math.max(next ?? 0, expected);
      at = expected;
      writer.addRecord(batch.contents());
    }
    const found: number[] = [];
    const places = new Map<number, number>();
    const log = out.toBytes();
    const reader = new LogReader(fileOf(log));
    for (let n = 0; reader.next(); n++) places.set(reader.recordOffset, n);
    const counts = verifyLogRecords(
      fileOf(log),
      'log',
      true,
      i % 3 ? 5000 : undefined,
      ({ code, offset }) => {
        assert.equal(code, 'sequence');
        found.push(places.get(Number(offset))!);
      },
    );
    assert.deepEqual(found, warned);
    assert.equal(counts.nextSequence, next);
    assert.equal(counts.records, 9000);
  }
});
