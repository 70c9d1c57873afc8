// A script of writes that knows what must be there after a crash, and what may be.
import assert from 'node:assert/strict';
import { WriteBatch } from '../../src/engine/batch/write-batch';
import { Random } from '../../src/engine/bytes/random';
import { Database } from '../../src/engine/db/database';
import type { Options } from '../../src/engine/db/options';
import type { WritableEnv } from '../../src/engine/env/env';
import type { FaultEnv } from '../../src/engine/env/fault';
import { runSteps, type TraceEvent } from '../../src/engine/trace/events';
import { ContentsDigest } from '../helpers/contents';

export const DIRECTORY = '/db';

/** As small as LevelDB lets them be. */
export const SMALL: Options = {
  createIfMissing: true,
  writeBufferSize: 64 << 10,
  blockSize: 32 << 10,
  infoLog: false,
};

/** Without a size: a deletion. */
export type ScriptOperation = readonly [key: string, bytes?: number];

/** One write of a script. A key of its own, which nobody deletes, tells whether it is there. */
interface ScriptWrite {
  marker: string;
  operations: readonly ScriptOperation[];
  /** It returned: a crash of the process must not lose it. */
  isAcknowledged: boolean;
  /** A power cut must not lose it either. */
  isDurable: boolean;
}

/** What a crash at some moment must leave, by the writes up to then. */
export interface Demand {
  writes: readonly ScriptWrite[];
  /** Markers. */
  afterProcessCrash: readonly string[];
  afterPowerCut: readonly string[];
}

export interface ScriptOptions {
  /** Whether failed operations throw, or are kept in `errors` and the script goes on. */
  keepsErrors?: boolean;
}

/** A database and what was done to it. */
export class Script {
  readonly env: FaultEnv;
  /** What was thrown, if the script goes on at errors. */
  readonly errors: unknown[] = [];
  database: Database | undefined;
  /** Databases whose work in the background had failed when they were closed. */
  failures = 0;
  /** What was done, such as `flush writing`, `pick size`, `log reused`. */
  readonly events = new Set<string>();
  /** Whether a database is being opened just now that shall go on with what is there. */
  isReusing = false;
  /** Whether a database is being closed just now. */
  isClosing = false;
  private readonly writes: ScriptWrite[] = [];
  private readonly keepsErrors: boolean;
  private options: Options = {};

  constructor(env: FaultEnv, { keepsErrors = false }: ScriptOptions = {}) {
    this.env = env;
    this.keepsErrors = keepsErrors;
  }

  open(options: Options = {}): void {
    // With a thread nobody may watch.
    const trace = options.thread ? undefined : (event: TraceEvent) => this.events.add(eventName(event));
    this.options = { ...SMALL, ...options, trace };
    this.isReusing = options.reuseLogs === true;
    this.attempt(() => {
      this.database = Database.openNow(this.env, DIRECTORY, this.options);
      // What recovery found is in tables, which are durable; a log that is written on is not for that.
      if (!this.options.reuseLogs) this.allIsDurable();
    });
    this.isReusing = false;
  }

  close(): void {
    this.countFailure();
    this.isClosing = true;
    this.attempt(() => this.database?.close());
    this.isClosing = false;
    this.database = undefined;
  }

  /** The end of the process, and a new one. */
  die(): void {
    this.countFailure();
    this.database = undefined;
    this.env.restartProcess();
  }

  write(operations: readonly ScriptOperation[], sync = false): void {
    const write: ScriptWrite = {
      marker: this.nextMarker(),
      operations,
      isAcknowledged: false,
      isDurable: false,
    };
    this.writes.push(write);
    const batch = new WriteBatch();
    for (const [key, bytes] of operations) {
      if (bytes === undefined) batch.delete(encode(key));
      else batch.put(encode(key), noise(write.marker, key, bytes));
    }
    batch.put(encode(write.marker), new Uint8Array(0));
    this.attempt(() => {
      if (!this.database) throw new Error('the script has no database');
      this.database.write(batch, { sync });
      write.isAcknowledged = true;
      if (!sync) return;
      // It makes the log durable, and there is no other one if the work in the background is done, and was not in vain.
      if (this.options.background === 'stepped' || this.database.failure) write.isDurable = true;
      else this.allIsDurable();
    });
  }

  put(key: string, bytes: number, sync = false): void {
    this.write([[key, bytes]], sync);
  }

  /** Loads entries behind all others in bulk, two in a batch. */
  load(entries: number, bytes: number): void {
    const marker = this.nextMarker();
    const operations = Array.from(
      { length: entries },
      (_, i): ScriptOperation => [`${marker} ${String(i).padStart(3, '0')}`, bytes],
    );
    const write: ScriptWrite = { marker, operations, isAcknowledged: false, isDurable: false };
    this.writes.push(write);
    this.attempt(() => {
      if (!this.database) throw new Error('the script has no database');
      const load = runSteps(this.database.bulkLoad());
      for (let i = -1; i < entries; i += 2) {
        const batch = new WriteBatch();
        if (i < 0) batch.put(encode(marker), new Uint8Array(0));
        for (const [key, size = 0] of operations.slice(Math.max(0, i), i + 2))
          batch.put(encode(key), noise(marker, key, size));
        assert.ok(load.add(batch));
      }
      runSteps(load.finish());
      write.isAcknowledged = true;
      // What was in the memtable was flushed before.
      this.allIsDurable();
    });
  }

  flush(): void {
    this.attempt(() => {
      if (!this.database) throw new Error('the script has no database');
      runSteps(this.database.flush());
      this.allIsDurable();
    });
  }

  compactRange(begin?: string, end?: string): void {
    this.attempt(() => {
      const { database } = this;
      if (!database) throw new Error('the script has no database');
      runSteps(database.compactRange(bound(begin), bound(end)));
      if (!database.failure) this.allIsDurable();
    });
  }

  /** Some of the work in the background. */
  step(times: number): void {
    this.attempt(() => {
      for (let i = 0; i < times; i++) this.database?.step();
    });
  }

  demand(): Demand {
    const markers = (holds: (write: ScriptWrite) => boolean) =>
      this.writes.filter(holds).map(({ marker }) => marker);
    return {
      writes: [...this.writes],
      afterProcessCrash: markers(({ isAcknowledged }) => isAcknowledged),
      afterPowerCut: markers(({ isDurable }) => isDurable),
    };
  }

  private nextMarker(): string {
    return `written ${String(this.writes.length).padStart(4, '0')}`;
  }

  private countFailure(): void {
    if (this.database?.failure) this.failures++;
  }

  private allIsDurable(): void {
    for (const write of this.writes) if (write.isAcknowledged) write.isDurable = true;
  }

  private attempt(operation: () => void): void {
    try {
      operation();
    } catch (error) {
      if (!this.keepsErrors) throw error;
      this.errors.push(error);
    }
  }
}

function eventName(event: TraceEvent): string {
  if (event.type === 'flush-begin') return `flush ${event.during}`;
  if (event.type === 'pick') return `pick ${event.reason}`;
  if (event.type === 'log-end') return event.reused ? 'log reused' : 'log replayed';
  if (event.type === 'manifest-end') return event.reused ? 'manifest reused' : 'manifest replaced';
  return event.type;
}

function bound(key: string | undefined): Uint8Array | undefined {
  return key === undefined ? undefined : encode(key);
}

const decoder = new TextDecoder();

export type Contents = Map<string, Uint8Array>;

/** The entries, and their digest without those of keys in `except`. */
export function contentsOf(database: Database, except?: string): { entries: Contents; digest: string } {
  const entries: Contents = new Map();
  const digest = new ContentsDigest();
  const iterator = database.iterator();
  const { cursor } = iterator;
  for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
    const key = cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd);
    const value = cursor.valueBuffer.slice(cursor.valueStart, cursor.valueEnd);
    const name = decoder.decode(key);
    entries.set(name, value);
    if (name !== except) digest.add(key, value);
  }
  if (iterator.error) throw iterator.error;
  iterator.close();
  return { entries, digest: digest.digest() };
}

/** Opens a database, reads all of it and closes it. */
export function readAll(env: WritableEnv, options: Options = {}, except?: string) {
  const database = Database.openNow(env, DIRECTORY, { ...SMALL, ...options });
  try {
    return contentsOf(database, except);
  } finally {
    database.close();
  }
}

/** Writes that are required are there, and the rest is what the writes that are there come to, in their order. */
export function requireContents(
  entries: Contents,
  { writes }: Pick<Demand, 'writes'>,
  required: readonly string[],
  what: string,
): void {
  for (const marker of required) assert.ok(entries.has(marker), `${what}: "${marker}" is lost`);
  const expected = new Map<string, { marker: string; bytes: number }>();
  for (const { marker, operations } of writes) {
    if (!entries.has(marker)) continue;
    for (const [key, bytes] of operations) {
      if (bytes === undefined) expected.delete(key);
      else expected.set(key, { marker, bytes });
    }
    expected.set(marker, { marker, bytes: 0 });
  }
  for (const [key, { marker, bytes }] of expected) {
    const found = entries.get(key);
    assert.ok(found, `${what}: ${key} of "${marker}" is lost`);
    const wanted = key === marker ? new Uint8Array(0) : noise(marker, key, bytes);
    assert.ok(Buffer.compare(found, wanted) === 0, `${what}: ${key} has not the value of "${marker}"`);
  }
  for (const key of entries.keys()) assert.ok(expected.has(key), `${what}: ${key} came back`);
}

const values = new Map<string, Uint8Array>();

/** Noise that only this write of this key has. */
function noise(marker: string, key: string, bytes: number): Uint8Array {
  const name = `${marker} ${key}`;
  let value = values.get(name);
  if (value?.length === bytes) return value;
  const random = new Random([...encode(name)].reduce((sum, byte) => (sum * 31 + byte) % 2147483647, 7));
  value = Uint8Array.from({ length: bytes }, () => random.uniform(256));
  values.set(name, value);
  return value;
}

export function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
