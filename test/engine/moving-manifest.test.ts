// CURRENT and its MANIFEST change between two looks of a reader; which tables a version names and a folder lacks.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NumberSet } from '../../src/engine/bytes/number-set';
import { Database } from '../../src/engine/db/database';
import { Inspection } from '../../src/engine/db/inspection';
import { type RandomAccessFile, readFile } from '../../src/engine/env/env';
import { MemoryEnv } from '../../src/engine/env/memory';

const DIRECTORY = '/db';

/** Runs `before` once, when a file whose name begins so is first opened. */
class MovingEnv extends MemoryEnv {
  moving: { name: string; before: () => void } | undefined;

  override open(path: string): RandomAccessFile {
    const { moving } = this;
    if (moving && path.startsWith(`${DIRECTORY}/${moving.name}`)) {
      this.moving = undefined;
      moving.before();
    }
    return super.open(path);
  }
}

function opened(env: MovingEnv): Database {
  return Database.openNow(env, DIRECTORY, { createIfMissing: true, background: 'stepped' });
}

/** A database with one key, in a log. */
function written(): MovingEnv {
  const env = new MovingEnv();
  const db = opened(env);
  db.put(Uint8Array.of(1), Uint8Array.of(7));
  db.close();
  return env;
}

test('a MANIFEST that goes once CURRENT was read: CURRENT is read again, and nothing is wrong', () => {
  const env = written();
  let isMoved = false;
  // Opening for writing makes a new MANIFEST, switches CURRENT and removes the old one.
  env.moving = {
    name: 'MANIFEST-',
    before: () => {
      opened(env).close();
      isMoved = true;
    },
  };
  const db = Inspection.open(env, DIRECTORY);
  assert.ok(isMoved);
  assert.deepEqual(
    db.problems.filter(({ severity }) => severity === 'error'),
    [],
  );
  assert.deepEqual(db.get(Uint8Array.of(1)).value, Uint8Array.of(7));
  db.close();
});

test('a MANIFEST that is not there, though CURRENT stays: the newest one is read instead, which is told', () => {
  const env = written();
  const name = new TextDecoder().decode(readFile(env, `${DIRECTORY}/CURRENT`)).trim();
  env.setFile(`${DIRECTORY}/CURRENT`, new TextEncoder().encode('MANIFEST-000777\n'));
  const db = Inspection.open(env, DIRECTORY);
  assert.equal(db.versions.manifest, name);
  assert.match(db.problems[0].message, /CURRENT points to a non-existent file/);
  db.close();
});

test('numbers of one set that another lacks: once each, ascending, those above 2^53 behind', () => {
  const large = 2n ** 60n;
  const set = new NumberSet([9, 3, large, 3, 7, 1, large + 1n]);
  assert.deepEqual(set.without(new NumberSet([])), [1, 3, 7, 9, large, large + 1n]);
  assert.deepEqual(set.without(new NumberSet([0, 1, 7, 8, large])), [3, 9, large + 1n]);
  assert.deepEqual(set.without(set), []);
});
