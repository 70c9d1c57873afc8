// What the writing process does and what a reader may therefore see: each batch, and the whole state behind it,
// follows from the batch's number.
import { readSync, writeSync } from 'node:fs';
import type { PeerOperation } from '../helpers/leveldb';

export const GROUPS = 50;
const GROUP_SIZE = 8;
/** So many of the newest passing keys are there. */
const WINDOW = 400;
/** Batches that write the same lasting key. */
const LASTING = 60;
export const OPERATIONS_PER_BATCH = GROUP_SIZE + 4;

const KEYS = Array.from({ length: GROUPS }, (_, group) =>
  Array.from({ length: GROUP_SIZE }, (_, i) => `k${String(group + i * GROUPS).padStart(3, '0')}`),
);
const COUNTER = 'counter';

export const passingKey = (batch: number) => `n${String(batch).padStart(9, '0')}`;
export const lastingKey = (batch: number) => `p${String(Math.floor(batch / LASTING)).padStart(7, '0')}`;
export const groupKeys = (group: number): readonly string[] => KEYS[group];

/** A tenth of the batches delete their group instead. */
function deletesGroup(batch: number): boolean {
  return batch % 10 === 7;
}

/** The number of the batch, and some filling: now and then so much that the record spans log blocks. */
function value(batch: number): string {
  return `${batch}:`.padEnd(batch % 211 === 0 ? 9000 : 20 + ((batch * 37) % 300), '.');
}

export function batchOf(value: string): number {
  return Number.parseInt(value, 10);
}

/** The operations of a batch. All of them hold from one moment on. */
export function batchOperations(batch: number): PeerOperation[] {
  const bytes = Buffer.from(value(batch));
  const operations: PeerOperation[] = groupKeys(batch % GROUPS).map((key) =>
    deletesGroup(batch) ? [Buffer.from(key)] : [Buffer.from(key), bytes],
  );
  operations.push([Buffer.from(COUNTER), bytes], [Buffer.from(passingKey(batch)), bytes]);
  operations.push([Buffer.from(passingKey(batch - WINDOW))], [Buffer.from(lastingKey(batch)), bytes]);
  return operations;
}

/** Every entry of the database once batches 1 to `last` are written, in order. */
export function stateAfter(last: number): [key: string, value: string][] {
  const entries: [string, string][] = [];
  if (last > 0) entries.push([COUNTER, value(last)]);
  for (let group = 0; group < GROUPS; group++) {
    const batch = lastOfGroup(group, last);
    if (batch < 1 || deletesGroup(batch)) continue;
    for (const key of groupKeys(group)) entries.push([key, value(batch)]);
  }
  for (let batch = Math.max(1, last - WINDOW + 1); batch <= last; batch++) {
    entries.push([passingKey(batch), value(batch)]);
  }
  for (let first = 0; first <= last; first += LASTING) {
    if (last > 0) entries.push([lastingKey(first), value(Math.min(first + LASTING - 1, last))]);
  }
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The last batch up to `last` that wrote the group; below 1 if none did. */
export function lastOfGroup(group: number, last: number): number {
  return last - ((((last - group) % GROUPS) + GROUPS) % GROUPS);
}

/** What a get of a group's key may answer at some moment between two batches; undefined is "absent". */
export function possibleValues(group: number, from: number, to: number): (string | undefined)[] {
  const values: (string | undefined)[] = [];
  for (let batch = lastOfGroup(group, from); batch <= to; batch += GROUPS) {
    values.push(batch < 1 || deletesGroup(batch) ? undefined : value(batch));
  }
  return values;
}

/** Whether a key of one batch is certainly there, certainly not, or either, between two moments. */
export function passingPresence(batch: number, from: number, to: number): 'there' | 'absent' | 'either' {
  const at = (last: number) => batch >= 1 && batch <= last && batch > last - WINDOW;
  if (at(from) && at(to)) return 'there';
  return to < batch || from >= batch + WINDOW ? 'absent' : 'either';
}

export function passingValue(batch: number): string {
  return value(batch);
}

/** Where the writer tells, in a file, which batch it has begun and which one was acknowledged. */
const BEGUN = 0;
const ACKNOWLEDGED = 1;
const SLOT_BYTES = 16;

export function writeProgress(file: number, what: 'begun' | 'acknowledged', batch: number): void {
  const slot = new BigUint64Array([BigInt(batch), ~BigInt(batch)]);
  writeSync(file, slot, 0, SLOT_BYTES, (what === 'begun' ? BEGUN : ACKNOWLEDGED) * SLOT_BYTES);
}

export function readProgress(file: number, what: 'begun' | 'acknowledged'): number {
  const slot = new BigUint64Array(2);
  // The second number is the first one's complement, which a half-written slot would not be.
  do readSync(file, slot, 0, SLOT_BYTES, (what === 'begun' ? BEGUN : ACKNOWLEDGED) * SLOT_BYTES);
  while (slot[0] !== BigInt.asUintN(64, ~slot[1]));
  return Number(slot[0]);
}
