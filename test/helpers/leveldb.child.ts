// C++ LevelDB behind messages. It must have a process of its own: a second descriptor on LOCK, opened anywhere in
// the same process, would drop its lock.
import { ClassicLevel } from 'classic-level';
import {
  type PeerCalls,
  type PeerDigest,
  type PeerEntry,
  type PeerOperation,
  type PeerRange,
  type PeerReply,
  type PeerRequest,
  randomNumbers,
  type Workload,
  workloadKey,
} from './leveldb';

type Async<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<R> : never;
};

const encodings = { keyEncoding: 'view', valueEncoding: 'view' } as const;
const snapshots = new Map<number, ReturnType<ClassicLevel['snapshot']>>();
let database: ClassicLevel<Uint8Array, Uint8Array>;
let operations = 0;

const calls: Async<PeerCalls> = {
  async open(directory, options) {
    database = new ClassicLevel<Uint8Array, Uint8Array>(directory, encodings);
    await database.open({ ...options, passive: false });
  },
  repair(directory) {
    return ClassicLevel.repair(directory);
  },
  async write(batch) {
    await writeBatch(batch);
    return operations;
  },
  async writeEach(batches) {
    for (const batch of batches) await writeBatch(batch);
    return operations;
  },
  async fill(workload) {
    for (const batch of workloadBatches(workload)) await writeBatch(batch);
    return operations;
  },
  async snapshot() {
    const id = snapshots.size + 1;
    snapshots.set(id, database.snapshot());
    return { id, operations };
  },
  async release(id) {
    await snapshots.get(id)?.close();
  },
  async digest(range) {
    const fnv = new WideFnv();
    const digest: PeerDigest = { entries: 0, keyBytes: 0, valueBytes: 0, fnv1a64: '' };
    await each(range, (key, value) => {
      digest.entries++;
      digest.keyBytes += key.length;
      digest.valueBytes += value.length;
      fnv.update(key);
      fnv.update(SEPARATOR);
      fnv.update(value);
      fnv.update(SEPARATOR);
    });
    return { ...digest, fnv1a64: fnv.digest() };
  },
  async entries(range) {
    const entries: PeerEntry[] = [];
    // The binding hands out Buffers, whose slice() would not copy.
    await each(range, (key, value) => entries.push([new Uint8Array(key), new Uint8Array(value)]));
    return entries;
  },
  async getMany(keys, snapshot) {
    const values = await database.getMany(keys, { ...encodings, ...atSnapshot(snapshot) });
    return values.map((value) => value && new Uint8Array(value));
  },
  compactRange(from, to) {
    return database.compactRange(from, to, { keyEncoding: 'view' });
  },
  async property(name) {
    return database.getProperty(name);
  },
  close() {
    return database.close();
  },
};

async function writeBatch(batch: readonly PeerOperation[]): Promise<void> {
  await database.batch(
    batch.map(([key, value]) => (value ? { type: 'put', key, value } : { type: 'del', key })),
    encodings,
  );
  operations += batch.length;
}

async function each(range: PeerRange, visit: (key: Uint8Array, value: Uint8Array) => void): Promise<void> {
  const { snapshot, ...options } = range;
  const iterator = database.iterator({
    ...options,
    ...encodings,
    ...atSnapshot(snapshot),
    highWaterMarkBytes: 1 << 20,
  });
  try {
    for (;;) {
      const entries = await iterator.nextv(1000);
      if (entries.length === 0) return;
      for (const [key, value] of entries) visit(key, value);
    }
  } finally {
    await iterator.close();
  }
}

function atSnapshot(id: number | undefined) {
  if (id === undefined) return {};
  const snapshot = snapshots.get(id);
  if (!snapshot) throw new Error(`no snapshot ${id}`);
  return { snapshot };
}

function* workloadBatches(workload: Workload): Generator<PeerOperation[]> {
  const { seed, order, keys, valueBytes, deletePercent = 0, perBatch = 100 } = workload;
  const random = randomNumbers(seed);
  let batch: PeerOperation[] = [];
  for (let i = 0; i < workload.operations; i++) {
    const key = workloadKey(order === 'sequential' ? i % keys : random(keys));
    batch.push(
      random(100) < deletePercent ? [key] : [key, workloadValue(random, random(2 * valueBytes + 1))],
    );
    if (batch.length < perBatch) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Half noise, half one letter, so that Snappy has something to do. */
function workloadValue(random: (limit: number) => number, length: number): Uint8Array {
  const value = new Uint8Array(length).fill(0x61 + random(26));
  for (let i = 0; i < length >> 1; i++) value[i] = random(256);
  return value;
}

const SEPARATOR = Uint8Array.of(0xff);

/** FNV-1a with 64 bits in four limbs of 16: written apart from the engine's, which it is compared with. */
class WideFnv {
  private readonly limbs = [0x2325, 0x8422, 0x9ce4, 0xcbf2];

  update(bytes: Uint8Array): void {
    let [a, b, c, d] = this.limbs;
    for (let i = 0; i < bytes.length; i++) {
      a ^= bytes[i];
      // The prime is 2^40 + 0x1b3: 2^40 shifts by two limbs and eight bits.
      const low = a * 0x1b3;
      const second = b * 0x1b3 + (low >>> 16);
      const third = c * 0x1b3 + (a << 8) + (second >>> 16);
      const fourth = d * 0x1b3 + (b << 8) + (third >>> 16);
      a = low & 0xffff;
      b = second & 0xffff;
      c = third & 0xffff;
      d = fourth & 0xffff;
    }
    this.limbs.splice(0, 4, a, b, c, d);
  }

  digest(): string {
    const [a, b, c, d] = this.limbs;
    return [d, c, b, a].map((limb) => limb.toString(16).padStart(4, '0')).join('');
  }
}

process.on('message', async ({ id, method, arguments: args }: PeerRequest) => {
  const reply: PeerReply = { id };
  try {
    reply.result = await (calls[method] as (...args: unknown[]) => Promise<unknown>)(...args);
  } catch (error) {
    const { message, cause } = error as Error;
    reply.error = cause instanceof Error ? `${message}: ${cause.message}` : message;
  }
  process.send?.(reply);
});
// Without the test that drives it the process has no purpose.
process.on('disconnect', () => process.exit());
