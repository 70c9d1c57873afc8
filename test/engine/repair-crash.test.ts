// A crash at every operation of an applied repair: either nothing of the old state is touched and it can be repaired
// again, or LevelDB opens the repaired one.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, test } from 'node:test';
import { FaultEnv, STRICT_POWER_CUT } from '../../src/engine/env/fault';
import type { MemoryEnv } from '../../src/engine/env/memory';
import { ManyDatabases } from '../helpers/many-databases';
import { assertSameFiles, checkBackups, type Files, restoreNewest } from './apply-harness';
import { randomCut } from './crash-images';
import {
  contentsIn,
  DIRECTORY,
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

const peers = new ManyDatabases();
after(() => peers.close());

const known = knownDatabase();

function environment(files: Files): FaultEnv {
  const env = new FaultEnv();
  for (const [name, bytes] of files) env.addFile(`${DIRECTORY}/${name}`, bytes);
  env.addFile(`${DIRECTORY}/LOCK`, new Uint8Array(0));
  return env;
}

let time = Date.UTC(2026, 0, 2);
const now = () => (time += 1000);

/** Damage of several kinds at once; two of the tables are of level 0. */
const DAMAGES: Record<string, (files: Map<string, Uint8Array>) => void> = {
  'tables, the log and CURRENT': (files) => {
    const shapes = tablesOf(files).map((name) => shapeOf(files, name));
    flip(files, shapes[0].name, shapes[0].blocks[1].handle.offset);
    flip(files, shapes.at(-1)!.name, shapes.at(-1)!.footer.index.offset);
    flip(files, shapes.at(-2)!.name, shapes.at(-2)!.blocks[2].handle.offset);
    flip(files, logOf(files), 200);
    files.delete('CURRENT');
  },
  'no MANIFEST': (files) => {
    files.delete(manifestOf(files));
  },
  'a table that is missing': (files) => {
    files.delete(tablesOf(files)[1]);
  },
};

for (const [what, damage] of Object.entries(DAMAGES)) {
  test(`a crash at every operation: ${what}`, async (t) => {
    const before = new Map(known.files);
    damage(before);
    const applied = environment(before);
    repairAndApply(applied, undefined, now);
    const expected = contentsIn(memoryOf(filesOf(applied))).digest;
    const seen = new Set<string>();
    let switched = 0;
    let cuts = 0;
    const check = (image: MemoryEnv, moment: string) => {
      const files = filesOf(image);
      const complete = checkBackups(image);
      const key = digestOf(files, complete);
      if (seen.has(key)) return;
      seen.add(key);
      const isSwitched = textOf(files.get('CURRENT')) !== textOf(before.get('CURRENT'));
      if (isSwitched) {
        switched++;
        assert.ok(complete > 0, `${moment}: changed without a backup`);
        assert.equal(contentsIn(memoryOf(files)).digest, expected, `${moment}: other contents`);
        peers.add(memoryOf(files), DIRECTORY, ({ first, again, error }) => {
          assert.equal(error, undefined, `${moment}: LevelDB: ${error}`);
          assert.equal(first, expected, `${moment}: LevelDB has other contents`);
          assert.equal(again, expected, `${moment}: LevelDB has other contents the second time`);
        });
        restoreNewest(image, true);
        const back = filesOf(image);
        for (const [name, bytes] of before) {
          assert.ok(
            back.has(name) && Buffer.compare(back.get(name)!, bytes) === 0,
            `${moment}: ${name}, restored`,
          );
        }
      } else {
        for (const [name, bytes] of before) {
          const found = files.get(name);
          assert.ok(found && Buffer.compare(found, bytes) === 0, `${moment}: ${name} was touched`);
        }
        const again = memoryOf(files);
        const repair = repairAndApply(again, undefined, now);
        assert.equal(repair.result?.error, undefined, `${moment}: repaired again`);
        assert.equal(contentsIn(memoryOf(filesOf(again))).digest, expected, `${moment}: repaired again`);
      }
    };
    const take = (env: FaultEnv, moment: string) => {
      check(env.afterProcessCrash(), `${moment}, process`);
      check(env.afterPowerCut(STRICT_POWER_CUT), `${moment}, strict`);
      for (let i = 0; i < 3; i++) check(env.afterPowerCut(randomCut(++cuts)), `${moment}, cut ${cuts}`);
    };
    const env = environment(before);
    env.plan = (operation, path, number) => {
      take(env, `operation ${number}, ${operation} of ${path}`);
      return undefined;
    };
    repairAndApply(env, undefined, now);
    env.plan = undefined;
    take(env, 'after the last operation');
    assert.ok(switched > 0 && seen.size > switched);
    await peers.finish();
    t.diagnostic(`${env.operations} operations, ${seen.size} images, ${switched} of them after CURRENT`);
  });
}

test('what was repaired is taken back by a restore', () => {
  const before = new Map(known.files);
  DAMAGES['tables, the log and CURRENT'](before);
  const env = environment(before);
  repairAndApply(env, undefined, now);
  restoreNewest(env);
  assertSameFiles(filesOf(env), before, 'restored');
});

function textOf(bytes: Uint8Array | undefined): string {
  return bytes ? new TextDecoder().decode(bytes) : '';
}

function digestOf(files: Files, complete: number): string {
  const hash = createHash('sha1').update(`${complete}\n`);
  for (const [name, bytes] of files) hash.update(`${name}\n${bytes.length}\n`).update(bytes);
  return hash.digest('hex');
}
