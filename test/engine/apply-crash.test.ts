// A crash at every operation of an apply and of a restore: the database opens in LevelDB and here with what it held, its
// files are those of before or of after, and no backup passes for complete that is not.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, test } from 'node:test';
import { Crashed, FaultEnv, type PowerCut, STRICT_POWER_CUT } from '../../src/engine/env/fault';
import type { MemoryEnv } from '../../src/engine/env/memory';
import { ManyDatabases } from '../helpers/many-databases';
import {
  assertSameFiles,
  checkBackups,
  compactAndApply,
  DIRECTORY,
  digestOf,
  type Files,
  filesOf,
  restoreNewest,
  richFiles,
} from './apply-harness';
import { randomCut } from './crash-images';

const peer = new ManyDatabases();
after(() => peer.close());

const before = richFiles();
const contents = digestOf(before);

function environment(files: Files): FaultEnv {
  const env = new FaultEnv();
  for (const [name, bytes] of files) env.addFile(`${DIRECTORY}/${name}`, bytes);
  env.addFile(`${DIRECTORY}/LOCK`, new Uint8Array(0));
  return env;
}

/** Without names of temporary files, and as what CURRENT makes of it. */
function withoutTemporary(files: Files): Files {
  return new Map([...files].filter(([name]) => !name.endsWith('.dbtmp')));
}

/** Names survive each for itself. */
function disorderlyCut(seed: number): PowerCut {
  const cut = randomCut(seed);
  return { ...cut, keeps: () => cut.names(2) === 1 };
}

class Images {
  private readonly seen = new Set<string>();
  private readonly old: Files;
  private readonly next: Files;
  size = 0;

  constructor(old: Files, next: Files) {
    this.old = old;
    this.next = next;
  }

  take(env: FaultEnv, moment: string): void {
    this.check(env.afterProcessCrash(), `${moment}, process`);
    this.check(env.afterPowerCut(STRICT_POWER_CUT), `${moment}, strict`);
    for (let i = 0; i < 4; i++) {
      const seed = ++this.size;
      this.check(env.afterPowerCut(randomCut(seed)), `${moment}, cut ${seed}`);
      this.check(env.afterPowerCut(disorderlyCut(seed)), `${moment}, disorderly cut ${seed}`);
    }
  }

  private check(image: MemoryEnv, moment: string): void {
    const files = filesOf(image);
    const complete = checkBackups(image);
    const key = digestOfAll(files, complete);
    if (this.seen.has(key)) return;
    this.seen.add(key);
    const [old, next] = [this.old, this.next].map(withoutTemporary);
    const current = Buffer.from(files.get('CURRENT')!).toString();
    const isSwitched = current !== Buffer.from(old.get('CURRENT')!).toString();
    // All that the state has, bit for bit; and beside it nothing that is not the other state's.
    const [state, other] = isSwitched ? [next, old] : [old, next];
    for (const [name, bytes] of files) {
      if (name.endsWith('.dbtmp')) continue;
      const isKnown = [state.get(name), other.get(name)].some(
        (known) => known && Buffer.compare(known, bytes) === 0,
      );
      assert.ok(isKnown, `${moment}: ${name} has the bytes of neither state`);
    }
    for (const [name, bytes] of state) {
      const found = files.get(name);
      const isOrphan = other.has(name) && Buffer.compare(other.get(name)!, bytes) !== 0;
      if (isOrphan && name !== 'CURRENT') continue;
      assert.ok(found && Buffer.compare(found, bytes) === 0, `${moment}: ${name} is missing`);
    }
    if (isSwitched) assert.ok(complete > 0, `${moment}: changed without a backup`);
    assert.equal(digestOf(files), contents, `${moment}: other contents`);
    peer.add(image, DIRECTORY, ({ first, again, error }) => {
      assert.equal(error, undefined, `${moment}: LevelDB: ${error}`);
      assert.equal(first, contents, `${moment}: LevelDB has other contents`);
      assert.equal(again, contents, `${moment}: LevelDB has other contents when it opens again`);
    });
    this.goOn(image, isSwitched, complete, moment);
  }

  /** Whoever comes after the crash can do it again, and take it back. */
  private goOn(image: MemoryEnv, isSwitched: boolean, complete: number, moment: string): void {
    if (this.old !== before) return;
    if (!isSwitched && complete > 0) {
      // What the crash left goes, and there is nothing that would be lost.
      restoreNewest(image);
      assertSameFiles(filesOf(image), before, `${moment}, put in order`);
    }
    if (!isSwitched) compactAndApply(image);
    restoreNewest(image);
    const [found, expected] = [filesOf(image), before].map(withoutTemporary);
    // What a crash left and was backed up comes back with the rest.
    const known = new Map([...found].filter(([name]) => expected.has(name)));
    if (isSwitched) assertSameFiles(found, expected, `${moment}, restored`);
    else assert.equal(known.size, expected.size, `${moment}, restored`);
    assert.equal(digestOf(found), contents, `${moment}: other contents after a restore`);
  }
}

function digestOfAll(files: Files, complete: number): string {
  const hash = createHash('sha1').update(`${complete}\n`);
  for (const [name, bytes] of files) hash.update(`${name}\n${bytes.length}\n`).update(bytes);
  return hash.digest('hex');
}

const applied = environment(before);
compactAndApply(applied);
const afterwards = filesOf(applied);

test('a crash at every operation of an apply', async (t) => {
  const env = environment(before);
  const images = new Images(before, afterwards);
  env.plan = (operation, path, number) => {
    images.take(env, `operation ${number}, ${operation} of ${path}`);
    return undefined;
  };
  compactAndApply(env);
  env.plan = undefined;
  images.take(env, 'after the last operation');
  assertSameFiles(filesOf(env), afterwards, 'applied');
  assert.equal(digestOf(afterwards), contents);
  await peer.finish();
  t.diagnostic(`${env.operations} operations, ${images.size} cuts, ${peer.total} databases`);
});

test('a crash at every operation of a restore', async (t) => {
  const env = environment(before);
  compactAndApply(env);
  env.powerCut({ bytes: (limit) => limit - 1, names: (limit) => limit - 1 });
  const images = new Images(afterwards, before);
  env.plan = (operation, path, number) => {
    images.take(env, `operation ${number}, ${operation} of ${path}`);
    return undefined;
  };
  restoreNewest(env);
  env.plan = undefined;
  images.take(env, 'after the last operation');
  assertSameFiles(filesOf(env), before, 'restored');
  await peer.finish();
  t.diagnostic(`${env.operations} operations, ${peer.total} databases`);
});

for (const fault of ['fail', 'short write'] as const) {
  test(`every operation of an apply fails once (${fault}): nothing is changed, or all is done`, () => {
    const counting = environment(before);
    compactAndApply(counting);
    const start = environment(before).operations;
    const outcomes = { unchanged: 0, changed: 0, unharmed: 0 };
    for (let failing = start; failing < counting.operations; failing++) {
      const env = environment(before);
      env.plan = (_, __, number) => (number === failing ? fault : undefined);
      let error: unknown;
      try {
        compactAndApply(env);
      } catch (thrown) {
        error = thrown;
      }
      const files = filesOf(env);
      const what = `operation ${failing}: ${error}`;
      assert.equal(digestOf(files), contents, what);
      if (error === undefined) {
        // A link that cannot be made is a copy; a removal that fails leaves a file.
        checkBackups(env);
        outcomes.unharmed++;
      } else if (/nothing was changed/.test(String(error))) {
        assertSameFiles(files, before, what);
        assert.equal(checkBackups(env), 0, what);
        outcomes.unchanged++;
      } else {
        assert.match(String(error), /the change was made|could be taken back/, what);
        assert.equal(checkBackups(env), 1, what);
        outcomes.changed++;
      }
    }
    assert.ok(outcomes.unchanged > 50 && outcomes.unharmed > 3, JSON.stringify(outcomes));
  });
}

test('a full disk: from some byte on nothing can be written, and nothing is changed', () => {
  const counting = environment(before);
  compactAndApply(counting);
  let refused = 0;
  for (let room = 0; room < counting.operations; room++) {
    const env = environment(before);
    // Names can still be removed and changed, as on a full disk.
    env.plan = (operation, _, number) => {
      const isWrite = ['create', 'append', 'flush', 'sync'].includes(operation);
      return isWrite && number >= room ? 'fail' : undefined;
    };
    try {
      compactAndApply(env);
    } catch (error) {
      assert.ok(!(error instanceof Crashed));
      assert.match(String(error), /nothing was changed/);
      assertSameFiles(filesOf(env), before, `room for ${room}`);
      assert.deepEqual(
        [...env.list('')].map(({ name }) => name),
        ['db'],
        'no backup is left',
      );
      refused++;
    }
  }
  assert.ok(refused > 20);
});
