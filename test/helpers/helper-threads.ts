// Databases on disk for tests of helper threads, and helpers that go wrong.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { readFile } from '../../src/engine/env/env';
import type { HelperThreads } from '../../src/worker/helper-threads';
import type { MemoryDatabase } from './memory-database';

/** What a helper thread runs, as it is shipped. */
export const helperScript = resolve('dist/helper.js');

/** A folder of the test file's own, gone at its end. */
export const folder = mkdtempSync(join(tmpdir(), 'lsm-helpers-'));
after(() => rmSync(folder, { recursive: true }));

/** Writes a database into a folder by this name; gives its path. */
export function store(db: MemoryDatabase, name: string): string {
  const directory = join(folder, name);
  mkdirSync(directory);
  for (const { name: file } of db.env.list(db.directory)) {
    writeFileSync(join(directory, file), readFile(db.env, db.path(file)));
  }
  return directory;
}

/** While none works, what is left is left for us. */
export async function untilIdle(helpers: HelperThreads): Promise<void> {
  while (helpers.areWorking) await setTimeout(5);
}

/**
 * Scripts that do not do the work: one that is not there, one that fails at once, and some that end one way or another
 * when they have taken a piece of it, with a statement over `workerData`.
 */
export function badScripts(takesOne: string): string[] {
  const takes = `const { workerData } = require('node:worker_threads'); ${takesOne};`;
  const scripts = [
    'throw new Error("none");',
    `${takes} process.exit(3);`,
    takes,
    `${takes} throw new Error("late");`,
  ];
  const paths = scripts.map((script, i) => {
    const path = join(folder, `bad${i}.cjs`);
    writeFileSync(path, script);
    return path;
  });
  return [join(folder, 'none.cjs'), ...paths];
}
