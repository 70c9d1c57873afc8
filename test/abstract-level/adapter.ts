// The engine behind npm's abstract-level, the interface that classic-level gives C++ LevelDB: its test suite runs against
// both.
import { AbstractIterator, AbstractLevel, AbstractSnapshot } from 'abstract-level';
import { WriteBatch } from '../../src/engine/batch/write-batch';
import { compareBytes } from '../../src/engine/bytes/compare';
import { Database, type Snapshot } from '../../src/engine/db/database';
import type { DatabaseIterator } from '../../src/engine/db/database-iterator';
import type { Options } from '../../src/engine/db/options';
import type { WritableEnv } from '../../src/engine/env/env';
import { runSteps } from '../../src/engine/trace/events';

interface OpenOptions {
  createIfMissing: boolean;
  errorIfExists: boolean;
}

interface WriteOptions {
  sync?: boolean;
}

interface ReadOptions {
  snapshot?: EngineSnapshot;
  fillCache?: boolean;
}

interface Range {
  gt?: Uint8Array;
  gte?: Uint8Array;
  lt?: Uint8Array;
  lte?: Uint8Array;
  reverse: boolean;
  /** -1: none. */
  limit: number;
}

type Operation = { type: 'put'; key: Uint8Array; value: Uint8Array } | { type: 'del'; key: Uint8Array };

export class EngineLevel<K = string, V = string> extends AbstractLevel<Uint8Array, K, V> {
  private readonly env: WritableEnv;
  private readonly directory: string;
  private readonly engineOptions: Options;
  private engine: Database | undefined;

  constructor(env: WritableEnv, directory: string, options: object = {}, engineOptions: Options = {}) {
    super(
      {
        encodings: { view: true },
        has: true,
        getSync: true,
        createIfMissing: true,
        errorIfExists: true,
        permanence: true,
        seek: true,
        implicitSnapshots: true,
        explicitSnapshots: true,
        additionalMethods: { approximateSize: true, compactRange: true },
        // No signals: an iterator's read never waits, so there is nothing under way that could be aborted.
        // The declaration knows no getSync.
      } as object,
      options,
    );
    this.env = env;
    this.directory = directory;
    this.engineOptions = engineOptions;
  }

  /** Only while open: abstract-level sees to it. */
  get database(): Database {
    if (!this.engine) throw new Error('the database is not open');
    return this.engine;
  }

  async approximateSize(from: K, to: K): Promise<number> {
    const { encode } = this.keyEncoding();
    return this.database.approximateSize(encode(from), encode(to));
  }

  async compactRange(from: K, to: K): Promise<void> {
    const { encode } = this.keyEncoding();
    runSteps(this.database.compactRange(encode(from), encode(to)));
  }

  async _open({ createIfMissing, errorIfExists }: OpenOptions): Promise<void> {
    const options = { ...this.engineOptions, createIfMissing, errorIfExists };
    this.engine = Database.openNow(this.env, this.directory, options);
  }

  async _close(): Promise<void> {
    this.engine?.close();
    this.engine = undefined;
  }

  _getSync(key: Uint8Array, { snapshot, fillCache }: ReadOptions): Uint8Array | undefined {
    return this.database.get(key, { snapshot: snapshot?.held, fillCache }).value;
  }

  async _get(key: Uint8Array, options: ReadOptions): Promise<Uint8Array | undefined> {
    return this._getSync(key, options);
  }

  async _getMany(keys: Uint8Array[], options: ReadOptions): Promise<(Uint8Array | undefined)[]> {
    return keys.map((key) => this._getSync(key, options));
  }

  async _has(key: Uint8Array, options: ReadOptions): Promise<boolean> {
    return this._getSync(key, options) !== undefined;
  }

  async _hasMany(keys: Uint8Array[], options: ReadOptions): Promise<boolean[]> {
    return keys.map((key) => this._getSync(key, options) !== undefined);
  }

  async _put(key: Uint8Array, value: Uint8Array, { sync = false }: WriteOptions): Promise<void> {
    this.database.put(key, value, { sync });
  }

  async _del(key: Uint8Array, { sync = false }: WriteOptions): Promise<void> {
    this.database.delete(key, { sync });
  }

  async _batch(operations: Operation[], { sync = false }: WriteOptions): Promise<void> {
    const batch = new WriteBatch();
    for (const operation of operations) {
      if (operation.type === 'put') batch.put(operation.key, operation.value);
      else batch.delete(operation.key);
    }
    this.database.write(batch, { sync });
  }

  async _clear(options: Range & ReadOptions & WriteOptions): Promise<void> {
    const batch = new WriteBatch();
    const walk = new RangeWalk(this.database, options);
    try {
      for (let left = options.limit; left !== 0; left--) {
        const entry = walk.take();
        if (!entry) break;
        batch.delete(entry[0]);
      }
    } finally {
      walk.close();
    }
    this.database.write(batch, { sync: options.sync ?? false });
  }

  _snapshot(options: object): EngineSnapshot {
    return new EngineSnapshot(this.database.snapshot(), options);
  }

  _iterator(options: Range & ReadOptions): EngineIterator<K, V> {
    return new EngineIterator(this, options);
  }
}

class EngineSnapshot extends AbstractSnapshot {
  readonly held: Snapshot;

  constructor(held: Snapshot, options: object) {
    // @ts-expect-error Its declaration leaves the constructor out.
    super(options);
    this.held = held;
  }

  async _close(): Promise<void> {
    this.held.release();
  }
}

type Entry = [key: Uint8Array, value: Uint8Array];

class EngineIterator<K, V> extends AbstractIterator<EngineLevel<K, V>, K, V> {
  private readonly walk: RangeWalk;

  constructor(level: EngineLevel<K, V>, options: Range & ReadOptions) {
    // Its own options stand there in encoded form.
    super(level, options as object);
    this.walk = new RangeWalk(level.database, options);
  }

  async _next(): Promise<Entry | undefined> {
    return this.walk.take();
  }

  async _nextv(size: number): Promise<Entry[]> {
    const entries: Entry[] = [];
    while (entries.length < size) {
      const entry = this.walk.take();
      if (!entry) break;
      entries.push(entry);
    }
    return entries;
  }

  _seek(target: Uint8Array): void {
    this.walk.seek(target);
  }

  async _close(): Promise<void> {
    this.walk.close();
  }
}

/** An iterator held to a range and a direction. */
class RangeWalk {
  private readonly iterator: DatabaseIterator;
  private readonly range: Range;

  constructor(database: Database, options: Range & ReadOptions) {
    this.range = options;
    this.iterator = database.iterator({
      snapshot: options.snapshot?.held,
      // As classic-level's.
      fillCache: options.fillCache ?? false,
    });
    const { gt, gte, lt, lte, reverse } = options;
    const start = reverse ? (lte ?? lt) : (gte ?? gt);
    const { cursor } = this.iterator;
    if (start) this.position(start);
    else if (reverse) cursor.seekToLast();
    else cursor.seekToFirst();
    // The bound itself may be outside.
    if (cursor.valid && !this.holds(this.key())) this.step();
  }

  /** The present entry; moves on. Undefined at the end of the range. */
  take(): Entry | undefined {
    const { cursor } = this.iterator;
    if (cursor.error) throw cursor.error;
    if (!cursor.valid) return undefined;
    const key = this.key();
    if (!this.holds(key)) return undefined;
    const entry: Entry = [key, cursor.valueBuffer.slice(cursor.valueStart, cursor.valueEnd)];
    this.step();
    return entry;
  }

  /** To the first entry at or behind the target, in the direction of the walk; a target outside the range ends it. */
  seek(target: Uint8Array): void {
    this.position(target);
    const { cursor } = this.iterator;
    if (this.holds(target) || !cursor.valid) return;
    if (this.range.reverse) cursor.seekToFirst();
    else cursor.seekToLast();
    this.step();
  }

  close(): void {
    this.iterator.close();
  }

  private position(target: Uint8Array): void {
    const { cursor } = this.iterator;
    cursor.seek(target, 0, target.length);
    if (!this.range.reverse) return;
    if (!cursor.valid) cursor.seekToLast();
    else if (compareBytes(this.key(), target) > 0) cursor.prev();
  }

  private step(): void {
    const { cursor } = this.iterator;
    if (!cursor.valid) return;
    if (this.range.reverse) cursor.prev();
    else cursor.next();
  }

  private key(): Uint8Array {
    const { cursor } = this.iterator;
    return cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd);
  }

  private holds(key: Uint8Array): boolean {
    const { gt, gte, lt, lte } = this.range;
    // gte and lte win over gt and lt.
    if (gte ? compareBytes(key, gte) < 0 : gt && compareBytes(key, gt) <= 0) return false;
    return !(lte ? compareBytes(key, lte) > 0 : lt && compareBytes(key, lt) >= 0);
  }
}
