// Looking never changes anything: every command that only looks, on folders whose every byte and time is compared
// before and after.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  constants,
  copyFileSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { Inspection } from '../../src/engine/db/inspection';
import { NodeReadableEnv } from '../../src/engine/env/node';
import { sharedFixtures } from '../helpers/fixtures';
import { Peer } from '../helpers/leveldb';

const cli = resolve('dist/cli.js');
const NOBODY = 65534;

interface Look {
  args: string[];
  /** The exit status of a sound database. */
  status?: number;
}

/** The commands that only look, in all their forms. */
function looks(directory: string, twin: string, scratch: string): Look[] {
  const files = readdirSync(directory).sort();
  const db = Inspection.open(new NodeReadableEnv(), directory);
  const { cursor } = db.scan();
  const key = Buffer.from(cursor.keyBuffer.subarray(cursor.keyStart, cursor.keyEnd)).toString();
  db.close();
  const looks: Look[] = [
    { args: ['info', directory] },
    { args: ['get', directory, key] },
    { args: ['get', directory, key, '--explain'] },
    { args: ['get', directory, key, '--snapshot', '999999999'] },
    { args: ['get', directory, 'no such key', '--explain'], status: 4 },
    { args: ['scan', directory] },
    { args: ['scan', directory, '--reverse', '--limit', '10'] },
    { args: ['scan', directory, '--from', key, '--to', `${key}~`] },
    { args: ['scan', directory, '--prefix', key.slice(0, 3)] },
    { args: ['scan', directory, '--count'] },
    { args: ['scan', directory, '--internal'] },
    { args: ['history', directory, key] },
    { args: ['verify', directory] },
    { args: ['verify', directory, '--checksums'] },
    { args: ['dump', directory] },
    { args: ['diff', directory, twin] },
    { args: ['backup', directory, join(scratch, 'backup')] },
    { args: ['compact', directory] },
    { args: ['compact', directory, '--auto', '--trace', join(scratch, 'lsmtrace')] },
    { args: ['compact', directory, '--level', '0', '--from', key, '--to', key, '--compression', 'none'] },
    { args: ['recover', directory] },
    { args: ['restore', directory] },
    { args: ['repair', directory] },
    { args: ['recover', directory, '--paranoid', '--trace', join(scratch, 'lsmtrace'), '--trace-entries'] },
  ];
  for (const name of files) {
    const file = join(directory, name);
    if (name.endsWith('.ldb')) {
      if (looks.some(({ args }) => args[0] === 'sst')) continue;
      for (const option of [[], ['--blocks'], ['--entries'], ['--verify']]) {
        looks.push({ args: ['sst', file, ...option] });
      }
    } else if (name.endsWith('.log')) {
      looks.push({ args: ['wal', file] }, { args: ['wal', file, '--records'] });
    } else if (name.startsWith('MANIFEST-')) {
      for (const option of [[], ['--at', '1'], ['--check']]) {
        looks.push({ args: ['manifest', file, ...option] });
      }
    }
  }
  const json = looks
    .filter(({ args }) => ['info', 'get', 'verify', 'sst', 'recover', 'repair'].includes(args[0]))
    .map(({ args, ...look }) => ({ args: [...args, '--json'], ...look }));
  return [...looks, ...json];
}

test('commands that look change nothing', (t) => {
  const folder = new Folder('s-over');
  t.after(() => folder.remove());
  folder.checkAll({ trace: true });
});

test('commands that look change nothing in a folder without LOCK and LOG', (t) => {
  const folder = new Folder('s-stale');
  t.after(() => folder.remove());
  for (const name of ['LOCK', 'LOG']) rmSync(join(folder.directory, name), { force: true });
  folder.checkAll({ trace: true });
});

test('commands that look change nothing in a damaged folder', (t) => {
  const folder = new Folder('s-rand');
  t.after(() => folder.remove());
  const [table] = readdirSync(folder.directory).filter((name) => name.endsWith('.ldb'));
  rmSync(join(folder.directory, table));
  rmSync(join(folder.directory, 'CURRENT'));
  folder.checkAll({ damaged: true });
});

test('commands that look need no right to write', (t) => {
  const folder = new Folder('s-over');
  t.after(() => folder.remove());
  folder.makeReadOnly();
  folder.checkAll({ unprivileged: true });
});

test('commands that look leave a database alone that C++ LevelDB holds open', async () => {
  const folder = new Folder('s-compact');
  const peer = await Peer.open(folder.directory);
  try {
    await peer.write([[Buffer.from('user-new'), Buffer.from('value')], [Buffer.from('user-gone')]]);
    await folder.settled();
    const locks = folder.locks();
    if (process.platform === 'linux') assert.equal(locks.length, 1, 'the lock that LevelDB holds');
    folder.checkAll({ trace: true, written: true });
    assert.deepEqual(folder.locks(), locks);
    // A descriptor on LOCK that is closed in the holder's process would have set it free.
    await assert.rejects(Peer.open(folder.directory), /lock/i);
    await peer.write([[Buffer.from('user-newer'), Buffer.from('value')]]);
  } finally {
    await peer.kill();
    folder.remove();
  }
});

interface Circumstances {
  trace?: boolean;
  damaged?: boolean;
  /** It is no longer what its twin is. */
  written?: boolean;
  unprivileged?: boolean;
}

/** A copy of a fixture and what belongs to it. */
class Folder {
  readonly root = mkdtempSync(join(tmpdir(), 'lsm-read-only-'));
  readonly directory = join(this.root, 'database');
  private readonly twin = join(this.root, 'twin');
  private readonly scratch = join(this.root, 'scratch');

  constructor(fixture: string) {
    for (const copy of [this.directory, this.twin]) {
      cpSync(join(sharedFixtures, fixture), copy, { recursive: true });
      chmodSync(copy, 0o755);
      for (const name of readdirSync(copy)) chmodSync(join(copy, name), 0o644);
    }
    mkdirSync(this.scratch);
  }

  /** Nobody may write but in the scratch folder; anybody may read. */
  makeReadOnly(): void {
    for (const copy of [this.directory, this.twin]) {
      for (const name of readdirSync(copy)) chmodSync(join(copy, name), 0o444);
      chmodSync(copy, 0o555);
    }
    chmodSync(this.scratch, 0o777);
    chmodSync(this.root, 0o755);
  }

  checkAll({ trace = false, damaged = false, written = false, unprivileged = false }: Circumstances): void {
    const { root, directory, twin, scratch } = this;
    const identity = unprivileged && process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
    const program = unprivileged ? readableCopy(cli, scratch) : cli;
    const traced = trace && hasStrace;
    const traceFile = join(scratch, 'trace');
    const commands = looks(directory, twin, scratch);
    assert.ok(commands.length > 30);
    for (const { args, status = 0 } of commands) {
      const before = fingerprint(root, scratch);
      const command = [process.execPath, program, ...args];
      if (traced) command.unshift('strace', '-f', '-e', 'trace=%file', '-o', traceFile);
      const result = spawnSync(command[0], command.slice(1), {
        ...identity,
        cwd: scratch,
        maxBuffer: 1 << 28,
      });
      const shown = `lsm ${args.join(' ')}`;
      assert.deepEqual(fingerprint(root, scratch), before, shown);
      const { stderr } = result;
      // Of damage there is more to say than one status; that a command ran shows in its having one.
      if (damaged) assert.ok([0, 1, 4].includes(result.status ?? -1), `${shown}: ${result.status} ${stderr}`);
      else {
        const expected = written && args[0] === 'diff' ? 1 : status;
        assert.equal(result.status, expected, `${shown}: ${result.error ?? stderr}`);
      }
      if (status === 0 && !damaged && args[0] !== 'wal') assert.ok(result.stdout.length > 0, shown);
      if (traced) checkTrace(readFileSync(traceFile, 'utf8'), directory, shown);
      rmSync(join(scratch, 'backup'), { recursive: true, force: true });
    }
  }

  /** Waits until LevelDB's compactions have come to rest. */
  async settled(): Promise<void> {
    for (let same = 0, last = ''; same < 5; ) {
      await new Promise((done) => setTimeout(done, 50));
      const now = JSON.stringify(fingerprint(this.root, this.scratch));
      same = now === last ? same + 1 : 0;
      last = now;
    }
  }

  /** The lines of the kernel's table for the database's LOCK. */
  locks(): string[] {
    if (process.platform !== 'linux') return [];
    const { ino } = lstatSync(join(this.directory, 'LOCK'));
    return readFileSync('/proc/locks', 'utf8')
      .split('\n')
      .filter((line) => line.includes(`:${ino} `))
      .map((line) => line.replace(/^\d+: /, ''));
  }

  remove(): void {
    for (const copy of [this.directory, this.twin]) chmodSync(copy, 0o755);
    rmSync(this.root, { recursive: true });
  }
}

/** Everything of a folder that looking could change; what is in `except` is left out. */
function fingerprint(folder: string, except: string): Record<string, string> {
  const result: Record<string, string> = {};
  const visit = (path: string) => {
    const { mode, uid, gid, size, mtimeNs, ctimeNs, ino, nlink } = lstatSync(path, { bigint: true });
    const isDirectory = (Number(mode) & constants.S_IFMT) === constants.S_IFDIR;
    const contents = isDirectory ? '' : createHash('sha256').update(readFileSync(path)).digest('hex');
    result[path] = [mode, uid, gid, size, mtimeNs, ctimeNs, ino, nlink, contents].join(' ');
    if (!isDirectory) return;
    for (const name of readdirSync(path).sort()) if (join(path, name) !== except) visit(join(path, name));
  };
  visit(folder);
  return result;
}

/** An unprivileged user may not reach the project's folder. */
function readableCopy(file: string, folder: string): string {
  const copy = join(folder, 'cli.cjs');
  copyFileSync(file, copy);
  chmodSync(copy, 0o644);
  return copy;
}

const hasStrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
const HARMLESS = /^(execve|stat|lstat|statx|newfstatat|access|faccessat2?|readlink|readlinkat|statfs)$/;

/** Of the calls that name a file of the database each one only asks, and none opens LOCK. */
function checkTrace(trace: string, directory: string, shown: string): void {
  const calls = trace.split('\n').filter((line) => line.includes(`"${directory}`));
  assert.ok(
    calls.some((line) => /\bopen(at)?\(/.test(line)),
    `${shown} opens nothing`,
  );
  for (const line of calls) {
    const call = /^\d*\s*(\w+)\(/.exec(line)?.[1] ?? '';
    if (HARMLESS.test(call)) continue;
    assert.match(call, /^open(at)?$/, `${shown}: ${line}`);
    assert.doesNotMatch(line, /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND/, `${shown}: ${line}`);
    assert.match(line, /O_RDONLY/, `${shown}: ${line}`);
    assert.doesNotMatch(line, /\/LOCK"/, `${shown}: ${line}`);
  }
}
