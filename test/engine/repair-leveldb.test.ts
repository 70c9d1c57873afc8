// What is said of LevelDB's own repair is what its RepairDB does.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Peer } from '../helpers/leveldb';
import type { Files } from './apply-harness';
import {
  contentsIn,
  cut,
  filesOf,
  flip,
  knownDatabase,
  logOf,
  manifestOf,
  memoryOf,
  repairAndApply,
  shapeOf,
  tablesOf,
} from './repair-harness';

const root = mkdtempSync(join(tmpdir(), 'lsm-repairdb-'));
const peer = Peer.start();
after(async () => {
  await peer.kill();
  rmSync(root, { recursive: true, force: true });
});

let count = 0;

/** What RepairDB leaves, as an iterator shows it. */
async function repairedByLevelDb(files: Files): Promise<Map<string, string>> {
  const directory = join(root, String(++count));
  mkdirSync(directory);
  for (const [name, bytes] of files) writeFileSync(join(directory, name), bytes);
  await peer.repair(directory);
  await peer.openDatabase(directory);
  const entries = await peer.entries();
  await peer.closeDatabase();
  const decoder = new TextDecoder();
  return new Map(entries.map(([key, value]) => [decoder.decode(key), decoder.decode(value)]));
}

type Damage = (files: Map<string, Uint8Array>) => void;

const DAMAGES: Record<string, { damage: Damage; keepsObsolete?: boolean; inUnverified?: boolean }> = {
  'no CURRENT': { damage: (files) => files.delete('CURRENT') },
  'no CURRENT, with tables that were compacted away': {
    damage: (files) => files.delete('CURRENT'),
    keepsObsolete: true,
  },
  'no MANIFEST': { damage: (files) => files.delete(manifestOf(files)) },
  'a table without its footer': {
    damage: (files) => cut(files, tablesOf(files)[1], files.get(tablesOf(files)[1])!.length - 10),
  },
  'a table that is missing, with others that were compacted away': {
    damage: (files) => files.delete(tablesOf(files)[1]),
    keepsObsolete: true,
  },
  'a value with a wrong byte in a block': {
    damage: (files) => {
      const name = tablesOf(files)[2];
      flip(files, name, shapeOf(files, name).blocks[3].handle.offset + 60, 1);
    },
    inUnverified: true,
  },
  'a value with a wrong byte in the log': {
    damage: (files) => flip(files, logOf(files), 100, 1),
    inUnverified: true,
  },
};

for (const compression of ['none', 'snappy'] as const) {
  const known = knownDatabase(compression);
  for (const [what, { damage, keepsObsolete, inUnverified }] of Object.entries(DAMAGES)) {
    test(`${compression}: ${what}`, async (t) => {
      const files = new Map(known.files);
      damage(files);
      if (keepsObsolete) for (const [name, bytes] of known.obsolete) files.set(name, bytes);
      const env = memoryOf(files);
      const { levelDb, result } = repairAndApply(env, 'leave-out');
      assert.equal(result?.error, undefined);
      assert.ok(levelDb);
      assert.equal(levelDb.skipped, undefined);
      const decoder = new TextDecoder();
      const ours = new Map(
        [...contentsIn(memoryOf(filesOf(env))).entries].map(([key, value]) => [key, decoder.decode(value)]),
      );
      const theirs = await repairedByLevelDb(files);
      const found = { back: 0, gone: 0, different: 0 };
      for (const [key, value] of theirs) {
        if (!ours.has(key)) found.back++;
        else if (ours.get(key) !== value) found.different++;
      }
      for (const key of ours.keys()) if (!theirs.has(key)) found.gone++;
      const { back, gone, older, newer, unverified } = levelDb.changes;
      t.diagnostic(JSON.stringify({ found, told: levelDb.changes, getDiffers: levelDb.getDiffers }));
      if (!inUnverified) assert.equal(unverified, 0);
      else assert.ok(unverified > 0 || compression === 'snappy');
      assert.equal(found.gone, gone);
      if (unverified === 0) {
        assert.deepEqual(found, { back, gone, different: older + newer });
        return;
      }
      assert.ok(found.back >= back && found.back <= back + unverified);
      assert.ok(found.different >= older + newer && found.different <= older + newer + unverified);
    });
  }
}

test('a compacted table that lies in the folder brings back what was deleted, but not here', async () => {
  const known = knownDatabase();
  const [oldest] = [...known.obsolete].sort(([a], [b]) => (a < b ? -1 : 1));
  const files = new Map([...known.files, oldest]);
  files.delete('CURRENT');
  const env = memoryOf(files);
  const { levelDb, result } = repairAndApply(env);
  assert.ok(levelDb && levelDb.changes.back > 0);
  const live = [...known.versions].filter(([, versions]) => versions.at(-1)!.value !== undefined);
  assert.equal(result?.digest?.entries, live.length);
  const theirs = await repairedByLevelDb(files);
  assert.equal(theirs.size, live.length + levelDb.changes.back);
  const keys = new Set(live.map(([key]) => key));
  for (const { change, key } of levelDb.examples) {
    if (change !== 'back') continue;
    const name = new TextDecoder().decode(key);
    assert.ok(theirs.has(name) && !keys.has(name), name);
  }
});
