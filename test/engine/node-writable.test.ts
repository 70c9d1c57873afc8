// Files that are written to the real file system.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { EnvError } from '../../src/engine/env/env';
import { NodeWritableEnv } from '../../src/engine/env/node-writable';

const env = new NodeWritableEnv();
const encoder = new TextEncoder();

function nodeTest(name: string, run: (directory: string) => void): void {
  test(`NodeWritableEnv: ${name}`, () => {
    const directory = mkdtempSync(join(tmpdir(), 'lsm-writable-'));
    try {
      run(directory);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
}

const DESCRIPTORS = '/proc/self/fd';

/** Descriptors of this process for files of a directory, where that is to be seen. */
function openIn(directory: string): number {
  if (!existsSync(DESCRIPTORS)) return 0;
  return readdirSync(DESCRIPTORS).filter((descriptor) => {
    try {
      return readlinkSync(join(DESCRIPTORS, descriptor)).startsWith(directory);
    } catch {
      return false;
    }
  }).length;
}

const hasCode = (code: string) => (error: unknown) => error instanceof EnvError && error.code === code;

test('NodeWritableEnv: what a begun sync opened is closed, and others can begin', async (t) => {
  if (!existsSync(DESCRIPTORS)) return t.diagnostic('descriptors are not to be seen here');
  const directory = mkdtempSync(join(tmpdir(), 'lsm-writable-'));
  try {
    const begin = (name: string) => {
      const file = env.create(join(directory, name));
      file.append(encoder.encode(name));
      file.beginSync?.();
      file.close();
    };
    for (let round = 0; round < 3; round++) {
      // Those of the round before have to be told of first.
      while (openIn(directory) === 0) {
        for (let i = 0; i < 40; i++) begin(`f${i}`);
        await setImmediate();
      }
      while (openIn(directory) > 0) await setImmediate();
    }
    assert.equal(readFileSync(join(directory, 'f39'), 'utf8'), 'f39');
  } finally {
    rmSync(directory, { recursive: true });
  }
});

nodeTest('small appends are collected until they are flushed', (directory) => {
  const path = join(directory, 'f');
  const file = env.create(path);
  const bytes = encoder.encode('one');
  file.append(bytes);
  bytes.fill(0);
  assert.equal(statSync(path).size, 0);
  file.flush();
  assert.equal(readFileSync(path, 'utf8'), 'one', 'nothing was kept of the array');
  file.append(encoder.encode(', two'));
  file.sync();
  assert.equal(readFileSync(path, 'utf8'), 'one, two');
  file.append(encoder.encode(', three'));
  file.close();
  file.close();
  assert.equal(readFileSync(path, 'utf8'), 'one, two, three');
  assert.throws(() => file.append(bytes), hasCode('io'));
});

nodeTest("syncs that have begun promise nothing and stand in nobody's way", (directory) => {
  const files = Array.from({ length: 300 }, (_, i) => env.create(join(directory, `f${i}`)));
  const contents = new Uint8Array(100_000).fill(7);
  for (const [i, file] of files.entries()) {
    file.append(contents);
    file.append(encoder.encode('end'));
    // More than there may be at a time.
    file.beginSync?.();
    file.append(encoder.encode(', and more'));
    if (i % 3 === 0) file.sync();
    if (i % 2 === 0) file.close();
    if (i % 5 === 0) env.remove(file.path);
  }
  for (const [i, file] of files.entries()) {
    if (i % 2 === 1) file.sync();
    file.close();
    assert.equal(existsSync(file.path), i % 5 !== 0);
    if (i % 5 === 0) continue;
    const found = readFileSync(file.path);
    assert.ok(found.subarray(0, 100_000).equals(contents));
    assert.equal(found.subarray(100_000).toString(), 'end, and more');
  }
  const gone = env.create(join(directory, 'gone'));
  env.remove(gone.path);
  gone.beginSync?.();
  gone.sync();
  gone.close();
});

nodeTest('appends around the size of the buffer keep their order', (directory) => {
  const path = join(directory, 'f');
  const file = env.create(path);
  const parts = [1, 65535, 1, 65536, 2, 65537, 3, 200000, 65530, 7, 1].map((length, i) =>
    new Uint8Array(length).fill(i + 1),
  );
  for (const part of parts) file.append(part);
  file.close();
  assert.ok(Buffer.concat(parts).equals(readFileSync(path)));
});

nodeTest('create empties a file, append continues it or creates it', (directory) => {
  const path = join(directory, 'f');
  writeFileSync(path, 'before');
  let file = env.append(path);
  file.append(encoder.encode(' and after'));
  file.close();
  assert.equal(readFileSync(path, 'utf8'), 'before and after');
  env.create(path).close();
  assert.equal(statSync(path).size, 0);
  file = env.append(join(directory, 'g'));
  file.append(encoder.encode('new'));
  file.close();
  assert.equal(readFileSync(join(directory, 'g'), 'utf8'), 'new');
  assert.throws(() => env.create(join(directory, 'nowhere', 'f')), hasCode('not-found'));
});

nodeTest('rename replaces, remove removes', (directory) => {
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  writeFileSync(from, 'moved');
  writeFileSync(to, 'old');
  env.rename(from, to);
  env.syncDirectory(directory);
  assert.equal(existsSync(from), false);
  assert.equal(readFileSync(to, 'utf8'), 'moved');
  assert.throws(() => env.rename(from, to), hasCode('not-found'));
  env.remove(to);
  assert.throws(() => env.remove(to), hasCode('not-found'));
});

nodeTest('directories', (directory) => {
  const path = join(directory, 'd');
  env.createDirectory(path);
  env.createDirectory(path);
  writeFileSync(join(path, 'f'), '');
  assert.throws(() => env.removeDirectory(path), hasCode('not-empty'));
  env.remove(join(path, 'f'));
  env.removeDirectory(path);
  assert.equal(existsSync(path), false);
  assert.throws(() => env.createDirectory(join(path, 'below')), hasCode('not-found'));
});

nodeTest('a lock is held once in the process, whoever asks', (directory) => {
  const path = join(directory, 'LOCK');
  const lock = env.lock(path);
  assert.equal(existsSync(path), true);
  assert.throws(() => new NodeWritableEnv().lock(path), hasCode('locked'));
  env.lock(join(directory, 'OTHER')).release();
  lock.release();
  lock.release();
  new NodeWritableEnv().lock(path).release();
  assert.equal(existsSync(path), true, 'the file stays, as in LevelDB');
  assert.throws(() => env.lock(join(directory, 'nowhere', 'LOCK')), hasCode('not-found'));
});
