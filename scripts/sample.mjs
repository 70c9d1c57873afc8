// A workspace of LevelDB databases, written by C++ LevelDB: one in good order with three levels, one that crashed, one
// with deletions and overwrites, one damaged. Callers stand in the project's root.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { removeAbandoned } from './host/partial.mjs';
import { SAMPLE_README } from './sample-readme.mjs';

const CHILD = resolve('scripts/sample-child.mjs');

/**
 * Makes the workspace unless it is there. It gets its name when it is complete.
 * @param {string} folder an absolute path @returns {Promise<string>} the same path
 */
export async function makeSample(folder) {
  if (existsSync(join(folder, 'README.txt'))) return folder;
  const partial = `${folder}.partial-${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  removeAbandoned(dirname(folder));
  mkdirSync(partial, { recursive: true });
  try {
    await Promise.all(['three-levels', 'crashed', 'overwritten'].map((name) => write(name, partial)));
    damage(join(partial, 'overwritten'), join(partial, 'damaged'));
    writeFileSync(join(partial, 'README.txt'), SAMPLE_README);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(dirname(folder), { recursive: true });
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return folder;
}

/** @param {string} name @param {string} workspace */
async function write(name, workspace) {
  // A process of its own: LevelDB's lock is dropped with it, and one of them crashes.
  const child = fork(CHILD, [name, join(workspace, name)], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr?.on('data', (chunk) => {
    errors += chunk;
  });
  child.on('message', () => child.kill('SIGKILL'));
  const [code, signal] = await once(child, 'exit');
  if (code !== 0 && signal !== 'SIGKILL' && name !== 'crashed')
    throw new Error(`Step failed: writing the sample database ${name}\n${errors.trim()}`);
}

/** A copy with one byte of a table's first block changed, and a log that ends within a record. @param {string} from @param {string} to */
function damage(from, to) {
  cpSync(from, to, { recursive: true });
  const files = readdirSync(to).sort();
  const table = files.filter((name) => name.endsWith('.ldb')).at(-1);
  const log = files.filter((name) => name.endsWith('.log')).at(-1);
  if (!table || !log) throw new Error(`Step failed: damaging the sample database: ${files.join(', ')}`);
  const descriptor = openSync(join(to, table), 'r+');
  const byte = Buffer.alloc(1);
  readSync(descriptor, byte, 0, 1, 1000);
  byte[0] ^= 0xff;
  writeSync(descriptor, byte, 0, 1, 1000);
  closeSync(descriptor);
  truncateSync(join(to, log), statSync(join(to, log)).size - 100);
}
