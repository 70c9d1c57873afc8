import { WriteBatch } from '../engine/batch/write-batch';
import { equalBytes } from '../engine/bytes/compare';
import { copyOf } from '../engine/bytes/copy';
import type { Database } from '../engine/db/database';
import { TAG_BYTES, typeAt, ValueType } from '../engine/keys/internal-key';
import type { LookupEvent } from '../engine/trace/lookup-events';
import type { OperationCounts, PlaygroundWorkload, ReadCounts } from './playground-api';
import type { PlaygroundEnv } from './playground-env';
import type { AcknowledgedWrites } from './playground-model';
import {
  absentKey,
  keyNumber,
  playgroundKey,
  playgroundValue,
  valueLength,
  writeOf,
} from './playground-values';
import type { Operation } from './playground-workload';

/** A scan over few keys that are far apart is not checked further than this. */
const MAX_CHECKED_KEYS = 10_000;

/** Does the operations of a workload, counts them, and holds every answer against the acknowledged writes. */
export class PlaygroundClient {
  readonly counts: OperationCounts = {
    operations: { put: 0, overwrite: 0, delete: 0, get: 0, miss: 0, scan: 0 },
    hits: 0,
    misses: 0,
    scanned: 0,
    wrong: 0,
  };
  readonly reads: ReadCounts = {
    gets: 0,
    tables: 0,
    filtered: 0,
    falsePositives: 0,
    blocks: 0,
    seekCharges: 0,
  };
  private readonly env: PlaygroundEnv;
  private readonly model: AcknowledgedWrites;

  constructor(env: PlaygroundEnv, model: AcknowledgedWrites) {
    this.env = env;
    this.model = model;
  }

  /** All of them. */
  get done(): number {
    const { put, overwrite, delete: deletes, get, miss, scan } = this.counts.operations;
    return put + overwrite + deletes + get + miss + scan;
  }

  /** `isDelayed`: see Database.write. */
  perform(database: Database, operation: Operation, workload: PlaygroundWorkload, isDelayed: boolean): void {
    const { kind, key } = operation;
    switch (kind) {
      case 'put':
      case 'overwrite':
      case 'delete':
        this.write(database, operation, workload, isDelayed);
        break;
      case 'get':
        this.asUser(() => this.get(database, playgroundKey(key), this.model.expected(key)));
        break;
      case 'miss':
        this.asUser(() => this.get(database, absentKey(key), undefined));
        break;
      case 'scan':
        this.asUser(() => this.scan(database, key, workload.scanLength));
        break;
    }
    this.counts.operations[kind]++;
  }

  private write(
    database: Database,
    { kind, key }: Operation,
    { valueBytes, sync }: PlaygroundWorkload,
    isDelayed: boolean,
  ): void {
    const { model, env } = this;
    const userKey = playgroundKey(key);
    const batch = new WriteBatch();
    let length: number | undefined;
    if (kind === 'delete') batch.delete(userKey);
    else {
      const value = playgroundValue(model.nextWrite, valueLength(model.nextWrite, valueBytes));
      length = userKey.length + value.length;
      batch.put(userKey, value);
    }
    database.write(batch, { sync, isDelayed });
    env.counts.user += length ?? userKey.length;
    model.acknowledge(key, length, sync);
  }

  private get(database: Database, key: Uint8Array, expected: number | undefined): void {
    const { value } = database.get(key, {}, this.watch);
    this.reads.gets++;
    if (value) this.counts.hits++;
    else this.counts.misses++;
    if ((value && writeOf(value)) !== expected) this.counts.wrong++;
  }

  private readonly watch = (event: LookupEvent): void => {
    const { reads } = this;
    if (event.step === 'seek-charge') reads.seekCharges++;
    if (event.step !== 'table') return;
    reads.tables++;
    if (event.result === 'filtered') reads.filtered++;
    if (event.falsePositive) reads.falsePositives++;
    if (event.block) reads.blocks++;
  };

  private scan(database: Database, start: number, length: number): void {
    const { model, counts } = this;
    const iterator = database.iterator();
    try {
      const { cursor } = iterator;
      const from = playgroundKey(start);
      cursor.seek(from, 0, from.length);
      let next = start;
      let left = MAX_CHECKED_KEYS;
      for (let i = 0; i < length; i++) {
        while (next < model.keys && model.expected(next) === undefined && left > 0) {
          next++;
          left--;
        }
        if (!cursor.valid) {
          if (left > 0 && next < model.keys) counts.wrong++;
          break;
        }
        counts.scanned++;
        const key = keyNumber(cursor.keyBuffer.subarray(cursor.keyStart, cursor.keyEnd));
        const write = writeOf(cursor.valueBuffer.subarray(cursor.valueStart, cursor.valueEnd));
        if (write !== model.expected(key) || (left > 0 && key !== next)) counts.wrong++;
        next = key + 1;
        cursor.next();
      }
      if (cursor.error) counts.wrong++;
    } finally {
      iterator.close();
    }
  }

  private asUser(read: () => void): void {
    const { env } = this;
    env.reader = 'readByUser';
    try {
      read();
    } finally {
      env.reader = 'readByBackground';
    }
  }
}

/** All entries that a reader sees, each key once, read so that nothing is counted or charged for it. */
export function* visibleEntries(
  database: Database,
  env: PlaygroundEnv,
): Generator<readonly [key: number, value: Uint8Array]> {
  const iterator = database.iterator({ fillCache: false });
  const { reader } = env;
  env.reader = undefined;
  try {
    const { internal: cursor } = iterator;
    let last: Uint8Array | undefined;
    for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
      const { keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd } = cursor;
      const userKey = keyBuffer.subarray(keyStart, keyEnd - TAG_BYTES);
      // The newest version comes first.
      if (last && equalBytes(last, userKey)) continue;
      last = userKey.slice();
      if (typeAt(keyBuffer, keyEnd) === ValueType.value) {
        yield [keyNumber(last), copyOf(valueBuffer, valueStart, valueEnd)];
      }
    }
    if (cursor.error) throw cursor.error;
  } finally {
    env.reader = reader;
    iterator.close();
  }
}
