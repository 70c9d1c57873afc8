// What recovery makes of a log, on logs that a hand or an enemy made. test/worker/log-session.test.ts holds it against
// C++ LevelDB.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WriteBatch } from '../../src/engine/batch/write-batch';
import { crc32c, maskCrc } from '../../src/engine/bytes/crc32c';
import { MemoryFile } from '../../src/engine/env/memory';
import { BLOCK_SIZE, HEADER_SIZE } from '../../src/engine/log/format';
import { LogWriter } from '../../src/engine/log/writer';
import { type LogSurvey, MAX_LISTED, surveyLog } from '../../src/engine/recovery/log-survey';
import { soundRecordsIn } from '../../src/engine/recovery/sound-records';

/** A log of batches, [first sequence, operations] each, and where each begins. */
function logOf(batches: readonly (readonly [number, number])[]): { bytes: Uint8Array; offsets: number[] } {
  const parts: Uint8Array[] = [];
  const offsets: number[] = [];
  const writer = new LogWriter((part) => parts.push(part.slice()));
  for (const [sequence, count] of batches) {
    const batch = new WriteBatch();
    for (let i = 0; i < count; i++) batch.put(Uint8Array.of(i), new Uint8Array(20));
    batch.sequence = sequence;
    offsets.push(parts.reduce((sum, { length }) => sum + length, 0));
    writer.addRecord(batch.contents());
  }
  return { bytes: new Uint8Array(Buffer.concat(parts)), offsets };
}

/** A physical record with a right checksum. */
function record(type: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE + payload.length);
  bytes[4] = payload.length & 0xff;
  bytes[5] = payload.length >>> 8;
  bytes[6] = type;
  bytes.set(payload, HEADER_SIZE);
  new DataView(bytes.buffer).setUint32(0, maskCrc(crc32c(bytes, 6, bytes.length)), true);
  return bytes;
}

function survey(bytes: Uint8Array): { survey: LogSurvey; steps: number } {
  const job = surveyLog(new MemoryFile('/000005.log', bytes));
  for (let steps = 0; ; steps++) {
    const step = job.next();
    if (step.done) return { survey: step.value, steps };
    assert.ok(step.value >= 0 && step.value <= 1);
  }
}

const FIVE = [1, 2, 3, 4, 5].map((sequence) => [sequence, 1] as const);

test('a bad length in the last block: LevelDB takes it for a torn tail, but no crash leaves it', () => {
  const { bytes, offsets } = logOf(FIVE);
  bytes[offsets[1] + 5] ^= 0x40;
  const { lenient, paranoid, sound } = survey(bytes).survey;
  assert.equal(lenient.batches, 1);
  assert.deepEqual([lenient.stop.why, lenient.stop.offset], ['damaged tail', offsets[1]]);
  assert.match(lenient.stop.message ?? '', /bad record length/);
  assert.equal(paranoid.failure, undefined, 'LevelDB says nothing, even paranoid');
  assert.deepEqual(
    sound.rows.map(({ offset }) => offset),
    offsets.slice(2),
  );
});

test('a record whose end was never written is a torn tail', () => {
  const { bytes, offsets } = logOf(FIVE);
  const { lenient, sound } = survey(bytes.subarray(0, bytes.length - 3)).survey;
  assert.deepEqual([lenient.batches, lenient.stop.why, lenient.stop.offset], [4, 'torn tail', offsets[4]]);
  assert.deepEqual(sound, { rows: [], total: 0 });
});

test('a record of type 5 ends the log for LevelDB: what is sound behind it is listed', () => {
  const before = logOf([[1, 1]]).bytes;
  const behind = logOf([
    [2, 1],
    [3, 1],
  ]).bytes;
  const strange = record(5, new Uint8Array(3));
  const { lenient, sound } = survey(new Uint8Array(Buffer.concat([before, strange, behind]))).survey;
  assert.deepEqual(
    [lenient.batches, lenient.stop.why, lenient.stop.offset],
    [1, 'damaged tail', before.length],
  );
  assert.equal(sound.total, 2);
  assert.equal(sound.rows[0].offset, before.length + strange.length);
});

test('a last fragment without its first is sound, and not read', () => {
  const { bytes } = logOf([[1, 2000]]);
  assert.ok(bytes.length > BLOCK_SIZE);
  bytes[20] ^= 1;
  const { lenient, sound } = survey(bytes).survey;
  assert.equal(lenient.batches, 0);
  assert.deepEqual(
    sound.rows.map(({ offset, type }) => [offset, type]),
    [[BLOCK_SIZE, 4]],
  );
});

test('after a repeat sequences go on where they had come to', () => {
  const { survey: result } = survey(
    logOf([
      [1, 10],
      [5, 2],
      [11, 1],
      [14, 1],
    ]).bytes,
  );
  assert.deepEqual(
    result.jumps.rows.map(({ batch, expected, found, kind }) => [batch, expected, found, kind]),
    [
      [1, 11, 5, 'repeat'],
      [3, 12, 14, 'gap'],
    ],
  );
});

test('a log of nothing but damage: lists are cut, and their number is kept', () => {
  const one = record(9, new Uint8Array(0));
  const perBlock = Math.floor(BLOCK_SIZE / one.length);
  const block = new Uint8Array(BLOCK_SIZE);
  for (let i = 0; i < perBlock; i++) block.set(one, i * one.length);
  const blocks = 32;
  const bytes = new Uint8Array(blocks * BLOCK_SIZE);
  for (let i = 0; i < blocks; i++) bytes.set(block, i * BLOCK_SIZE);
  const { lenient, items, paranoid } = survey(bytes).survey;
  assert.equal(lenient.drops.total, blocks * perBlock);
  assert.equal(lenient.drops.rows.length, MAX_LISTED);
  assert.equal(items.reasons.at(5), 'unknown record type 9');
  assert.equal(paranoid.failure?.offset, 0);
});

/** Bytes in which every second place looks like a header with a long payload. */
function hostile(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i % 2 ? 0x40 : 0x02));
}

test('bytes that look like headers everywhere: a step takes one block at the most, and gives up in it', () => {
  const blocks = 8;
  const { steps } = survey(hostile(blocks * BLOCK_SIZE));
  assert.ok(steps >= blocks, `${steps} steps`);
  // At the end of the block a record that only a search without a bound comes to.
  const bytes = hostile(BLOCK_SIZE);
  const last = record(1, new Uint8Array(5));
  bytes.set(last, BLOCK_SIZE - last.length);
  assert.deepEqual(soundRecordsIn(new MemoryFile('/a', bytes), 0, BLOCK_SIZE), []);
  const plain = new Uint8Array(BLOCK_SIZE);
  plain.set(last, BLOCK_SIZE - last.length);
  assert.equal(soundRecordsIn(new MemoryFile('/a', plain), 0, BLOCK_SIZE).length, 1);
});
