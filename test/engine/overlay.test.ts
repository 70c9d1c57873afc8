// A copy-on-write view of files: what is done to it never reaches what it is a view of.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Database } from '../../src/engine/db/database';
import { EnvError, type ReadableEnv, readFile, type WritableEnv } from '../../src/engine/env/env';
import { MemoryEnv } from '../../src/engine/env/memory';
import { OverlayEnv, type OverlayOptions } from '../../src/engine/env/overlay';
import { runSteps } from '../../src/engine/trace/events';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function write(env: WritableEnv, path: string, text: string, how: 'create' | 'append' = 'create'): void {
  const file = env[how](path);
  file.append(encoder.encode(text));
  file.close();
}

function read(env: ReadableEnv, path: string): string {
  return decoder.decode(readFile(env, path));
}

function names(env: ReadableEnv, directory: string): string[] {
  return env
    .list(directory)
    .map(({ name }) => name)
    .sort();
}

function filesOf(env: ReadableEnv): Record<string, string> {
  return Object.fromEntries(names(env, '/db').map((name) => [name, read(env, `/db/${name}`)]));
}

function spilling(env: MemoryEnv): OverlayOptions {
  env.makeDirectory('/room');
  return { memoryBytes: 10, spill: { env, directory: '/room' } };
}

const BASE = { a: 'a of the base', b: 'b of the base', c: 'c of the base' };

/** Runs something with an overlay over three files, which must not change. */
function overlayTest(name: string, run: (overlay: OverlayEnv) => void, options?: OverlayOptions): void {
  test(`overlay: ${name}`, () => {
    const base = new MemoryEnv();
    base.makeDirectory('/db');
    for (const [file, text] of Object.entries(BASE)) write(base, `/db/${file}`, text);
    run(new OverlayEnv(base, options));
    assert.deepEqual(filesOf(base), BASE, 'the base is as it was');
  });
}

const notFound = (error: unknown) => error instanceof EnvError && error.code === 'not-found';

overlayTest('untouched, it is its base', (overlay) => {
  assert.deepEqual(filesOf(overlay), BASE);
  assert.deepEqual(overlay.changes(), { created: [], replaced: [], deleted: [] });
  assert.equal(overlay.stat('/db/a').size, BASE.a.length);
});

overlayTest('creates and replaces', (overlay) => {
  write(overlay, '/db/n', 'new');
  write(overlay, '/db/a', 'other');
  assert.deepEqual(filesOf(overlay), { ...BASE, a: 'other', n: 'new' });
  assert.equal(overlay.stat('/db/a').size, 5);
  assert.deepEqual(overlay.changes(), { created: ['/db/n'], replaced: ['/db/a'], deleted: [] });
  assert.throws(() => overlay.create('/nowhere/n'), notFound);
});

overlayTest('appends to a copy', (overlay) => {
  const before = overlay.open('/db/b');
  write(overlay, '/db/b', ' and more', 'append');
  write(overlay, '/db/n', 'begun', 'append');
  write(overlay, '/db/n', ', continued', 'append');
  assert.equal(read(overlay, '/db/b'), 'b of the base and more');
  assert.equal(read(overlay, '/db/n'), 'begun, continued');
  assert.equal(before.size(), BASE.b.length, 'what was open goes on reading the base');
  before.close();
  assert.deepEqual(overlay.changes(), { created: ['/db/n'], replaced: ['/db/b'], deleted: [] });
});

overlayTest('removes', (overlay) => {
  write(overlay, '/db/n', 'new');
  overlay.remove('/db/n');
  overlay.remove('/db/a');
  assert.deepEqual(names(overlay, '/db'), ['b', 'c']);
  assert.throws(() => overlay.open('/db/a'), notFound);
  assert.throws(() => overlay.stat('/db/a'), notFound);
  assert.throws(() => overlay.remove('/db/a'), notFound);
  assert.throws(() => overlay.remove('/db/n'), notFound);
  assert.deepEqual(overlay.changes(), { created: [], replaced: [], deleted: ['/db/a'] });
});

overlayTest('a removed file that is written again is replaced', (overlay) => {
  overlay.remove('/db/a');
  write(overlay, '/db/a', 'again', 'append');
  assert.equal(read(overlay, '/db/a'), 'again', 'nothing of the old one');
  assert.deepEqual(overlay.changes(), { created: [], replaced: ['/db/a'], deleted: [] });
});

overlayTest('renames over a file of the base', (overlay) => {
  write(overlay, '/db/tmp', 'renamed');
  overlay.rename('/db/tmp', '/db/a');
  assert.deepEqual(filesOf(overlay), { ...BASE, a: 'renamed' });
  assert.deepEqual(overlay.changes(), { created: [], replaced: ['/db/a'], deleted: [] });
});

overlayTest('renames a file of the base', (overlay) => {
  overlay.rename('/db/a', '/db/n');
  overlay.rename('/db/b', '/db/c');
  assert.deepEqual(filesOf(overlay), { c: BASE.b, n: BASE.a });
  assert.deepEqual(overlay.changes(), {
    created: ['/db/n'],
    replaced: ['/db/c'],
    deleted: ['/db/a', '/db/b'],
  });
  assert.throws(() => overlay.rename('/db/a', '/db/x'), notFound);
  overlay.rename('/db/n', '/db/a');
  assert.deepEqual(overlay.changes(), { created: [], replaced: ['/db/a', '/db/c'], deleted: ['/db/b'] });
});

overlayTest('a file that is renamed while it is written goes on under its new name', (overlay) => {
  const file = overlay.create('/db/tmp');
  file.append(encoder.encode('one'));
  overlay.rename('/db/tmp', '/db/n');
  file.append(encoder.encode(', two'));
  file.close();
  assert.equal(read(overlay, '/db/n'), 'one, two');
});

overlayTest(
  'a file that lost its name to another one is not mistaken for that',
  (overlay) => {
    const first = overlay.create('/db/tmp');
    first.append(encoder.encode('first'));
    overlay.rename('/db/tmp', '/db/n');
    write(overlay, '/db/tmp', 'second');
    first.append(encoder.encode(', more than fits'));
    assert.equal(read(overlay, '/db/n'), 'first, more than fits');
    assert.equal(read(overlay, '/db/tmp'), 'second');
    overlay.remove('/db/n');
    first.append(encoder.encode(', to nobody'));
    first.close();
    assert.equal(read(overlay, '/db/tmp'), 'second');
    overlay.dispose();
  },
  spilling(new MemoryEnv()),
);

overlayTest('makes and removes directories', (overlay) => {
  overlay.createDirectory('/db');
  overlay.createDirectory('/db/lost');
  write(overlay, '/db/lost/x', 'set aside');
  assert.deepEqual(names(overlay, '/db'), ['a', 'b', 'c', 'lost']);
  assert.deepEqual(names(overlay, '/db/lost'), ['x']);
  assert.equal(overlay.stat('/db/lost').isDirectory, true);
  assert.throws(() => overlay.removeDirectory('/db/lost'), { code: 'not-empty' });
  overlay.remove('/db/lost/x');
  overlay.removeDirectory('/db/lost');
  assert.deepEqual(names(overlay, '/db'), ['a', 'b', 'c']);
  assert.throws(() => overlay.list('/db/lost'), notFound);
});

overlayTest('locks within the process, without a file', (overlay) => {
  const lock = overlay.lock('/db/LOCK');
  assert.throws(() => overlay.lock('/db/LOCK'), { code: 'locked' });
  lock.release();
  overlay.lock('/db/LOCK').release();
  assert.deepEqual(overlay.changes().created, []);
});

{
  const room = new MemoryEnv();
  const options = spilling(room);
  overlayTest(
    'what grows too large for memory spills',
    (overlay) => {
      const file = overlay.create('/db/n');
      file.append(encoder.encode('0123456789'));
      assert.deepEqual(names(room, '/room'), []);
      file.append(encoder.encode('abc'));
      assert.equal(names(room, '/room').length, 1);
      file.append(encoder.encode('def'));
      file.sync();
      file.close();
      assert.equal(read(overlay, '/db/n'), '0123456789abcdef');
      assert.equal(overlay.stat('/db/n').size, 16);

      // A copy of the base's file is as large as that: it spills at once.
      write(overlay, '/db/a', '!', 'append');
      assert.equal(names(room, '/room').length, 2);
      assert.equal(read(overlay, '/db/a'), `${BASE.a}!`);
      write(overlay, '/db/n', 'gh', 'append');
      assert.equal(read(overlay, '/db/n'), '0123456789abcdefgh');

      overlay.rename('/db/n', '/db/m');
      assert.equal(read(overlay, '/db/m'), '0123456789abcdefgh');
      overlay.remove('/db/m');
      assert.equal(names(room, '/room').length, 1, 'what is removed leaves the room');
      overlay.dispose();
      assert.deepEqual(names(room, '/room'), []);
    },
    options,
  );

  overlayTest(
    'a file that is continued spills by its whole length',
    (overlay) => {
      for (let i = 0; i < 4; i++) write(overlay, '/db/n', '1234', 'append');
      assert.equal(read(overlay, '/db/n'), '1234'.repeat(4));
      assert.equal(names(room, '/room').length, 1);
      overlay.dispose();
    },
    options,
  );
}

test('overlay: a database that is compacted over another one', () => {
  const base = new MemoryEnv();
  const options = { createIfMissing: true, infoLog: false };
  const first = Database.openNow(base, '/db', options);
  for (let i = 0; i < 100; i++) first.put(encoder.encode(`k${i}`), encoder.encode(`v${i}`));
  first.close();
  const before = filesOf(base);

  const overlay = new OverlayEnv(base);
  const second = Database.openNow(overlay, '/db', options);
  for (let i = 0; i < 50; i++) second.delete(encoder.encode(`k${i}`));
  runSteps(second.compactRange());
  assert.equal(second.get(encoder.encode('k10')).found, false);
  assert.equal(decoder.decode(second.get(encoder.encode('k70')).value), 'v70');
  second.close();
  assert.deepEqual(filesOf(base), before, 'the base is as it was');
  const { created, replaced, deleted } = overlay.changes();
  assert.ok(created.some((path) => path.endsWith('.ldb')));
  assert.deepEqual(replaced, ['/db/CURRENT']);
  assert.deepEqual(deleted, ['/db/000003.log', '/db/MANIFEST-000002']);
});
