// --apply that is killed at any moment.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { listBackups } from '../../src/engine/db/backup-folder';
import { restoreBackup } from '../../src/engine/db/restore';
import { NodeWritableEnv } from '../../src/engine/env/node-writable';
import {
  assertCompacted,
  checkBackups,
  compactAndApply,
  digestOf,
  filesOf,
  richFiles,
  run,
} from '../engine/apply-harness';
import { ManyDatabases } from '../helpers/many-databases';
import { env, posix, root, unlocked } from './change-harness';
import { cliPath } from './run';

/** How far an apply has come, as its files show. */
const moments: ((directory: string, before: ReadonlyMap<string, Uint8Array>) => boolean)[] = [
  (directory) => existsSync(`${directory}.lsm-backup`),
  (directory) => checkIfThere(() => listBackups(env, directory).some(({ record }) => record)),
  (directory) => readdirSync(directory).some((name) => name.endsWith('.dbtmp') && name !== '000007.dbtmp'),
  (directory, before) =>
    checkIfThere(
      () => Buffer.compare(readFileSync(join(directory, 'CURRENT')), before.get('CURRENT')!) !== 0,
    ),
  (directory, before) => readdirSync(directory).length < before.size,
];

/** False while files come and go. */
function checkIfThere(look: () => boolean): boolean {
  try {
    return look();
  } catch {
    return false;
  }
}

test('a compaction that is killed at any moment leaves the database before or after', {
  skip: posix,
}, async (t) => {
  const peer = new ManyDatabases();
  const files = new NodeWritableEnv();
  const before = richFiles();
  const contents = digestOf(before);
  const ends = { before: 0, after: 0, done: 0 };
  try {
    for (let round = 0; round < 30; round++) {
      const directory = join(root, `killed${round}`, 'db');
      mkdirSync(directory, { recursive: true });
      for (const [name, bytes] of before) writeFileSync(join(directory, name), bytes);
      const child = spawn(process.execPath, [cliPath, 'compact', directory, '--apply'], { stdio: 'ignore' });
      const exit = once(child, 'exit');
      // Somewhat behind each of these moments, a little later each time.
      const hasCome = moments[round % moments.length];
      const later = BigInt(Math.floor(round / moments.length) * 700_000);
      while (child.exitCode === null && !hasCome(directory, before)) {
        await new Promise((done) => setImmediate(done));
      }
      const end = process.hrtime.bigint() + later;
      while (process.hrtime.bigint() < end) await new Promise((done) => setImmediate(done));
      child.kill('SIGKILL');
      const [code] = await exit;
      const current = readFileSync(join(directory, 'CURRENT'), 'latin1');
      const isSwitched = current !== Buffer.from(before.get('CURRENT')!).toString('latin1');
      ends[code === 0 ? 'done' : isSwitched ? 'after' : 'before']++;
      const what = `round ${round}: ${code === 0 ? 'done' : isSwitched ? 'after' : 'before'}`;
      const complete = checkBackups(env, directory);
      if (isSwitched) assert.equal(complete, 1, what);
      peer.add(env, directory, ({ first, again, error }) => {
        assert.equal(error, undefined, what);
        assert.equal(first, contents, what);
        assert.equal(again, contents, what);
      });
      if (isSwitched) {
        const [{ folder }] = listBackups(env, directory).filter(({ record }) => record);
        await unlocked(() => run(restoreBackup(files, directory, folder)));
        const restored = filesOf(env, directory);
        for (const [name, bytes] of before) {
          assert.ok(Buffer.compare(restored.get(name) ?? new Uint8Array(0), bytes) === 0, `${what}: ${name}`);
        }
      } else {
        await unlocked(() => compactAndApply(files, directory, { now: undefined }));
        assertCompacted(env, directory);
      }
      peer.add(env, directory, ({ first, error }) => {
        assert.equal(error, undefined, `${what}, then`);
        assert.equal(first, contents, `${what}, then`);
      });
    }
    await peer.finish();
  } finally {
    await peer.close();
  }
  t.diagnostic(JSON.stringify(ends));
  assert.ok(ends.before > 5 && ends.after > 2, JSON.stringify(ends));
});
