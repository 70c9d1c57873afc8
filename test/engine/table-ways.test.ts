import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Inspection } from '../../src/engine/db/inspection';
import { tableWays } from '../../src/engine/db/table-ways';
import { NodeReadableEnv, nodeInflate } from '../../src/engine/env/node';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import { bloomFilterPolicy, internalFilterPolicy } from '../../src/engine/table/filter';
import { fixture, sharedFixtures } from '../helpers/fixtures';
import { MemoryDatabase } from '../helpers/memory-database';

const bytes = (text: string) => new TextEncoder().encode(text);

function versions(count: number, valueBytes: number) {
  return Array.from({ length: count }, (_, i) => ({
    key: bytes(`key${String(i).padStart(8, '0')}`),
    sequence: i + 1,
    value: new Uint8Array(Math.round(valueBytes * (0.5 + ((i * 7919) % 100) / 100))).fill(0x61 + (i % 26)),
  }));
}

for (const compression of ['none', 'snappy'] as const) {
  for (const blockSize of [1024, 4096, 5120, 16384, 65536]) {
    for (const [blockRestartInterval, bits] of [
      [16, undefined],
      [1, 10],
      [8, 9],
      [16, 5],
      [16, 16],
    ] as const) {
      test(`ways: ${compression}, blocks of ${blockSize}, restarts every ${blockRestartInterval}, ${bits} bits`, () => {
        const filterPolicy = bits === undefined ? undefined : internalFilterPolicy(bloomFilterPolicy(bits));
        const options = { compression, blockSize, blockRestartInterval, filterPolicy };
        const { env, directory } = new MemoryDatabase(bytewiseComparator)
          .addTable(1, 5, versions(4000, 80), options)
          .finish();
        const db = Inspection.open(env, directory);
        const ways = tableWays(db);
        db.close();
        assert.deepEqual(ways, {
          sampled: ['000005.ldb'],
          compression,
          filterPolicy: filterPolicy?.name,
          bitsPerKey: bits,
          blockSize,
          // So small a block ends before a second restart point.
          restartInterval:
            blockSize === 1024 && blockRestartInterval === 16 ? undefined : blockRestartInterval,
        });
      });
    }
  }
}

test('ways: large values leave few keys to a filter, and the number of probes tells its bits', () => {
  const filterPolicy = internalFilterPolicy(bloomFilterPolicy(10));
  const { env, directory } = new MemoryDatabase()
    .addTable(1, 5, versions(200, 3000), { filterPolicy })
    .finish();
  const db = Inspection.open(env, directory);
  const { bitsPerKey } = tableWays(db);
  db.close();
  assert.equal(bitsPerKey, 10);
});

test('ways: without tables nothing is known', () => {
  const { env, directory } = new MemoryDatabase().finish();
  const db = Inspection.open(env, directory);
  assert.deepEqual(tableWays(db), {
    sampled: [],
    compression: undefined,
    filterPolicy: undefined,
    bitsPerKey: undefined,
    blockSize: undefined,
    restartInterval: undefined,
  });
  db.close();
});

for (const [directory, compression, bits] of [
  [`${sharedFixtures}/s-over`, 'snappy', 10],
  [`${sharedFixtures}/s-rand`, 'none', undefined],
  [fixture('leveldb-zstd'), 'zstd', undefined],
  [fixture('mojang-zlib'), 'zlib', undefined],
  [fixture('mojang-zlib-raw'), 'zlib-raw', undefined],
] as const) {
  test(`ways: ${directory.split('/').pop()}`, () => {
    const db = Inspection.open(new NodeReadableEnv(), directory, { inflate: nodeInflate });
    const ways = tableWays(db);
    db.close();
    assert.equal(ways.compression, compression);
    if (bits !== undefined) assert.equal(ways.bitsPerKey, bits);
  });
}
