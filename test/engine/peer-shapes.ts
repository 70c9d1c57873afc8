// What C++ LevelDB is asked to write, so that every way in which it lays entries out is met.
import assert from 'node:assert/strict';
import type { Inspection } from '../../src/engine/db/inspection';
import type { Peer, PeerOperation, PeerOptions } from '../helpers/leveldb';
import { randomNumbers, workloadKey } from '../helpers/leveldb';

export interface Shape {
  name: string;
  options: PeerOptions;
  /** Writes, takes snapshots by calling `remember`, and returns keys that were deleted or never written. */
  write(peer: Peer, remember: () => Promise<unknown>): Promise<Uint8Array[]>;
  /** That the shape has come out as it was meant. */
  check?(db: Inspection): void;
  end: 'closed' | 'killed';
}

const SMALL_BUFFER = 64 << 10;
const FIRST_KEY = workloadKey(0);
const LAST_KEY = workloadKey(99_999_999);

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function keysOf(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => workloadKey(i));
}

function tablesByLevel(db: Inspection): number[] {
  return db.version.levels.map((files) => files.length);
}

function levelsInUse(db: Inspection): number {
  return tablesByLevel(db).filter((files) => files > 0).length;
}

/** Random overwrites and deletes, with snapshots on the way. */
function churn(operations: number, keys: number, valueBytes: number): Shape['write'] {
  return async (peer, remember) => {
    for (let part = 0; part < 4; part++) {
      await peer.fill({
        seed: 17 + part,
        operations: operations / 4,
        keys,
        order: 'random',
        valueBytes,
        deletePercent: 25,
        perBatch: [1, 3, 100, 1000][part],
      });
      await remember();
    }
    return keysOf(keys).filter((_, i) => i % 7 === 0);
  };
}

async function bigValues(peer: Peer, remember: () => Promise<unknown>): Promise<Uint8Array[]> {
  const random = randomNumbers(5);
  const value = (i: number) =>
    new Uint8Array((1 << 20) + i * 1000).fill(65 + i).map((byte, at) => byte + (at % 251));
  for (let i = 0; i < 12; i++) await peer.put(workloadKey(i), value(i));
  await remember();
  // One batch far over the write buffer, and small neighbours of big values.
  const batch: PeerOperation[] = [];
  for (let i = 6; i < 12; i++)
    batch.push([workloadKey(i), value(i + 20)], [text(`key${i}`), text(`${random(1000)}`)]);
  batch.push([workloadKey(3)]);
  await peer.write(batch);
  return [workloadKey(3)];
}

async function binaryKeys(peer: Peer, remember: () => Promise<unknown>): Promise<Uint8Array[]> {
  const deleted: Uint8Array[] = [];
  const bytes = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff];
  let keys: number[][] = [[]];
  for (let length = 1; length <= 5; length++) {
    keys = keys.flatMap((key) => bytes.map((byte) => [...key, byte]));
    const batch = keys.map((key): PeerOperation => [Uint8Array.from(key), Uint8Array.from(key).reverse()]);
    await peer.write(batch);
  }
  await remember();
  for (let i = 0; i < keys.length; i += 5) deleted.push(Uint8Array.from(keys[i]));
  await peer.write(deleted.map((key): PeerOperation => [key]));
  await peer.write([[new Uint8Array(300).fill(0xff), new Uint8Array(0)]]);
  await peer.compactRange(Uint8Array.of(0), Uint8Array.of(0x80));
  return deleted;
}

export const peerShapes: Shape[] = [
  {
    name: 'empty, closed',
    options: {},
    write: async () => [text('a')],
    check: (db) => assert.equal(levelsInUse(db), 0),
    end: 'closed',
  },
  { name: 'empty, killed', options: {}, write: async () => [text('a')], end: 'killed' },
  {
    name: 'one key, with an empty value',
    options: {},
    async write(peer) {
      await peer.put(text('k'), new Uint8Array(0));
      return [text('j'), text('k\0')];
    },
    end: 'closed',
  },
  {
    name: 'one key, deleted again',
    options: {},
    async write(peer, remember) {
      await remember();
      await peer.put(text('k'), text('v'));
      await remember();
      await peer.del(text('k'));
      await remember();
      return [text('k')];
    },
    end: 'killed',
  },
  {
    name: 'everything deleted and compacted away',
    options: { writeBufferSize: SMALL_BUFFER },
    async write(peer) {
      const made = { seed: 3, operations: 3000, keys: 3000, order: 'sequential', valueBytes: 50 } as const;
      await peer.fill(made);
      await peer.fill({ ...made, deletePercent: 100 });
      await peer.compactRange(FIRST_KEY, LAST_KEY);
      return keysOf(100);
    },
    check: (db) => assert.equal(levelsInUse(db), 0),
    end: 'closed',
  },
  {
    name: 'sequential, all in the log',
    options: {},
    async write(peer, remember) {
      await peer.fill({ seed: 1, operations: 2000, keys: 4000, order: 'sequential', valueBytes: 100 });
      await remember();
      await peer.fill({ seed: 2, operations: 3000, keys: 4000, order: 'sequential', valueBytes: 100 });
      return keysOf(6000).filter((_, i) => i % 50 === 0);
    },
    check: (db) => assert.equal(levelsInUse(db), 0),
    end: 'killed',
  },
  {
    name: 'sequential, in many tables',
    options: { writeBufferSize: SMALL_BUFFER, maxFileSize: 1 << 20 },
    async write(peer, remember) {
      await peer.fill({ seed: 1, operations: 20_000, keys: 40_000, order: 'sequential', valueBytes: 200 });
      await remember();
      await peer.fill({ seed: 1, operations: 2000, keys: 2000, order: 'sequential', valueBytes: 100 });
      return keysOf(30_000).filter((_, i) => i % 100 === 0);
    },
    check: (db) => assert.ok(db.version.levels.flat().length > 10, `${tablesByLevel(db)}`),
    end: 'closed',
  },
  {
    name: 'random overwrites and deletes over several levels, Snappy',
    options: { writeBufferSize: SMALL_BUFFER, maxFileSize: 1 << 20 },
    write: churn(28_000, 10_000, 150),
    check: (db) => assert.ok(levelsInUse(db) >= 2, `${tablesByLevel(db)}`),
    end: 'closed',
  },
  {
    name: 'random overwrites and deletes over several levels, uncompressed, killed',
    options: { writeBufferSize: SMALL_BUFFER, maxFileSize: 1 << 20, compression: false },
    write: churn(28_000, 10_000, 150),
    check: (db) => assert.ok(levelsInUse(db) >= 2, `${tablesByLevel(db)}`),
    end: 'killed',
  },
  {
    name: 'few keys overwritten again and again',
    options: { writeBufferSize: SMALL_BUFFER },
    write: churn(12_000, 40, 60),
    end: 'killed',
  },
  {
    name: 'blocks of 1 KiB, every entry a restart point',
    options: { writeBufferSize: SMALL_BUFFER, blockSize: 1024, blockRestartInterval: 1 },
    write: churn(8000, 3000, 80),
    end: 'closed',
  },
  {
    name: 'blocks of 64 KiB, one restart point each',
    options: { writeBufferSize: 256 << 10, blockSize: 64 << 10, blockRestartInterval: 100_000 },
    write: churn(10_000, 4000, 60),
    end: 'killed',
  },
  {
    name: 'half compacted by hand, with snapshots held',
    options: { writeBufferSize: SMALL_BUFFER, maxFileSize: 1 << 20 },
    async write(peer, remember) {
      const deleted = await churn(16_000, 5000, 100)(peer, remember);
      await peer.compactRange(FIRST_KEY, workloadKey(2500));
      await remember();
      await peer.fill({
        seed: 9,
        operations: 3000,
        keys: 5000,
        order: 'random',
        valueBytes: 100,
        deletePercent: 50,
      });
      return deleted;
    },
    end: 'closed',
  },
  { name: 'values of 1 MiB and more', options: { maxFileSize: 1 << 20 }, write: bigValues, end: 'killed' },
  { name: 'binary keys', options: { writeBufferSize: SMALL_BUFFER }, write: binaryKeys, end: 'closed' },
];
