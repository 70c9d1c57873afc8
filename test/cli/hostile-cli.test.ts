// Folders and files that are not what they should be, given to the command line as it is shipped: a status that fits,
// one clear line for each problem, no stack trace, and an end.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Random } from '../engine/table-harness';
import { MANIFEST, smallDatabase } from '../helpers/small-database';

const TIME_LIMIT_MS = 20_000;
const NOBODY = 65534;
const WINDOWS = process.platform === 'win32';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'lsm-hostile-')));
chmodSync(root, 0o755);
// Where nobody may read it too.
const cli = join(root, 'cli.js');
copyFileSync('dist/cli.js', cli);
after(() => rmSync(root, { recursive: true, force: true }));

const small = smallDatabase();
let folders = 0;

/** A new folder with the small database, or with other files. */
function folder(files: Iterable<readonly [string, Uint8Array | string]> = small.files): string {
  const path = join(root, `db${++folders}`);
  mkdirSync(path);
  for (const [name, bytes] of files) writeFileSync(join(path, name), bytes);
  return path;
}

interface Run {
  status: number | null;
  stdout: string;
  stderr: string;
}

function lsm(args: readonly string[], asNobody = false): Promise<Run> {
  const user = asNobody && process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'], ...user });
  const timer = setTimeout(() => child.kill('SIGKILL'), TIME_LIMIT_MS);
  const run: Run = { status: null, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (run.stdout += chunk));
  child.stderr.on('data', (chunk) => (run.stderr += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      clearTimeout(timer);
      resolve({ ...run, status });
    });
  });
}

let runs = 0;

/** Runs a command, every other time with --json, and holds it against what is promised of every failure. */
async function expect(statuses: readonly number[], args: readonly string[], asNobody = false): Promise<Run> {
  const json = runs++ % 2 === 1;
  const run = await lsm(json ? [...args, '--json'] : args, asNobody);
  const { status, stderr, stdout } = run;
  const what = `lsm ${args.join(' ')}${json ? ' --json' : ''}: ${status}\n${stderr}`;
  assert.ok(status !== null, `${what} did not end`);
  assert.ok(statuses.includes(status), `${what} (${statuses.join(' or ')} fits)`);
  for (const line of stderr.split('\n').slice(0, -1)) assert.match(line, /^lsm: [^:]*: .+/, what);
  assert.doesNotMatch(stderr, /internal error|^ +at /m, what);
  if (status !== 0) assert.notEqual(stderr, '', what);
  assert.doesNotMatch(stdout, /NaN|undefined|\[object/, what);
  if (json) for (const line of stdout.split('\n')) if (line !== '') JSON.parse(line);
  return run;
}

const OF_FOLDERS = (path: string) => [
  ['info', path],
  ['get', path, 'a1'],
  ['scan', path],
  ['scan', path, '--internal'],
  ['verify', path],
  ['history', path, 'a1'],
];

/** Two at a time. */
async function expectAll(statuses: readonly number[], commands: readonly string[][], asNobody = false) {
  for (let i = 0; i < commands.length; i += 2) {
    await Promise.all(commands.slice(i, i + 2).map((args) => expect(statuses, args, asNobody)));
  }
}

test('hostile cli: what is no database', async () => {
  const empty = folder([]);
  const file = join(folder([['file', 'no database']]), 'file');
  await expectAll([2], OF_FOLDERS(empty));
  await expectAll([2], OF_FOLDERS(file));
  await expectAll([2], OF_FOLDERS(join(empty, 'missing')));
  await expectAll([2], OF_FOLDERS(folder([['readme.txt', 'text']])).slice(0, 2));
  for (const command of ['sst', 'wal', 'manifest']) {
    await expectAll(
      [2],
      [
        [command, empty],
        [command, join(empty, 'missing')],
        [command, join(file, 'below')],
      ],
    );
  }
  await expectAll(
    [2],
    [
      ['info', ''],
      ['sst', ''],
      ['info', 'x'.repeat(5000)],
    ],
  );
});

test('hostile cli: random bytes, nothing and zeros as every kind of file', async () => {
  const random = new Random(7);
  const noise = Uint8Array.from({ length: 70_000 }, () => random.next());
  for (const bytes of [noise, new Uint8Array(0), new Uint8Array(50_000)]) {
    for (const name of ['CURRENT', MANIFEST, '000005.ldb', '000010.log']) {
      const path = folder();
      writeFileSync(join(path, name), bytes);
      await expectAll(name.endsWith('.log') ? [0, 1] : [1], [
        ['verify', path],
        ['scan', path],
      ]);
      await expectAll(
        [0, 1],
        [
          ['get', path, 'a0'],
          ['info', path],
        ],
      );
      if (name === 'CURRENT') continue;
      const file = join(path, name);
      await expectAll(
        [0, 1],
        [
          ['sst', file],
          ['wal', file],
          ['wal', '--records', file],
          ['manifest', file],
        ],
      );
    }
  }
});

test('hostile cli: folders in the place of files', async () => {
  for (const name of ['CURRENT', MANIFEST, '000005.ldb', '000011.log']) {
    const path = folder();
    rmSync(join(path, name));
    mkdirSync(join(path, name));
    await expectAll([0, 1], OF_FOLDERS(path));
    await expect([1], ['verify', path]);
    for (const command of ['sst', 'wal', 'manifest']) await expect([2], [command, join(path, name)]);
  }
});

test('hostile cli: CURRENT leads out of the folder', async () => {
  for (const target of [
    '../../etc/passwd',
    '/etc/passwd',
    '..',
    '.',
    'MANIFEST-\u001b[31m',
    `${MANIFEST}\n`,
  ]) {
    const path = folder();
    writeFileSync(join(path, 'CURRENT'), `${target}\n`);
    const { stdout } = await expect([1], ['info', path]);
    assert.doesNotMatch(stdout, /root:/);
    await expectAll(
      [1],
      [
        ['verify', path],
        ['get', path, 'a1'],
      ],
    );
  }
});

test('hostile cli: a comparator whose name is made for terminals', async () => {
  const path = folder(smallDatabase('evil\n\u001b[2Jname').files);
  const { stdout } = await lsm(['info', path]);
  assert.ok(stdout.includes('evil\\x0a\\x1b[2Jname'), stdout);
  await expectAll(
    [2],
    [
      ['scan', path],
      ['get', path, 'a1'],
    ],
  );
  const { stdout: edits } = await lsm(['manifest', join(path, MANIFEST)]);
  assert.ok(!edits.includes('\u001b'));
  await expectAll(
    [0],
    [
      ['verify', path],
      ['history', path, 'a1'],
    ],
  );
});

test('hostile cli: dry runs on random bytes, nothing, zeros and folders', async () => {
  const random = new Random(8);
  const noise = Uint8Array.from({ length: 70_000 }, () => random.next());
  for (const name of ['CURRENT', MANIFEST, '000005.ldb', '000008.ldb', '000010.log']) {
    for (const bytes of [noise, new Uint8Array(0), new Uint8Array(50_000), undefined]) {
      const path = folder();
      rmSync(join(path, name));
      if (bytes) writeFileSync(join(path, name), bytes);
      else mkdirSync(join(path, name));
      const isLog = name.endsWith('.log');
      const isTable = name.endsWith('.ldb');
      await expectAll(isLog ? [0, 1] : isTable ? [1, 0] : [1], [['compact', path]]);
      // Recovery opens no table.
      await expectAll(isLog || isTable ? [0, 1] : [1], [['recover', path]]);
      // Whatever is lost of it, the rest can be had, or somebody has to choose.
      await expectAll([0, 1], [['repair', path]]);
      // A folder is not replaced or removed: then nothing is changed.
      const { status } = await expect(bytes ? [0] : [0, 1, 2], [
        'repair',
        path,
        '--inputs',
        'keep',
        '--apply',
      ]);
      if (status === 0) await expect([0], ['verify', path]);
    }
  }
});

test('hostile cli: a dry run beside changes of one byte ends with a status that fits', async () => {
  const random = new Random(9);
  for (const name of [MANIFEST, '000005.ldb', '000009.ldb', '000010.log']) {
    for (let i = 0; i < 3; i++) {
      const path = folder();
      const bytes = (small.files.get(name) as Uint8Array).slice();
      bytes[random.next() % bytes.length] ^= 1 << (random.next() % 8);
      writeFileSync(join(path, name), bytes);
      await expectAll(
        [0, 1, 2],
        [
          ['compact', path],
          ['recover', path, '--paranoid'],
          ['repair', path],
        ],
      );
    }
  }
});

test('hostile cli: dry runs and new databases where they cannot be', async () => {
  const file = join(folder([['file', 'no database']]), 'file');
  const path = folder();
  await expectAll(
    [2],
    [
      ['compact', file],
      ['recover', file],
      ['recover', join(file, 'below')],
      ['repair', file],
      ['repair', folder([['readme.txt', 'text']])],
      ['compact', folder([['readme.txt', 'text']])],
      ['create', file, '--workload', 'random', '--num', '1'],
      ['create', join(file, 'below'), '--workload', 'random', '--num', '1'],
      ['create', path, '--workload', 'random', '--num', '1'],
      ['compact', path, '--trace', path],
      ['compact', path, '--trace', join(file, 'below')],
    ],
  );
});

test('hostile cli: a comparator whose name is made for terminals is not shown as it is by dry runs', async () => {
  const path = folder(smallDatabase('evil\n\u001b[2Jname').files);
  for (const command of ['compact', 'recover', 'repair']) {
    const { stdout, stderr } = await expect([2], [command, path]);
    assert.ok(!stdout.includes('\u001b') && !stderr.includes('\u001b'));
  }
});

if (!WINDOWS) {
  test('hostile cli: Ctrl-C ends dry runs and new databases, and leaves nothing behind', async () => {
    const temporary = join(root, 'temporary');
    mkdirSync(temporary);
    const made = join(root, 'made');
    const trace = join(root, 'made.trace');
    const args = ['create', made, '--workload', 'random', '--num', '100000000', '--trace', trace];
    const child = spawn(process.execPath, [cli, ...args], {
      stdio: 'ignore',
      env: { ...process.env, TMPDIR: temporary },
    });
    const exited = new Promise((done) => child.on('close', done));
    for (let i = 0; i < 400 && !existsSync(join(made, '000003.log')); i++) {
      await new Promise((done) => setTimeout(done, 50));
    }
    child.kill('SIGINT');
    assert.equal(await exited, 130);
    assert.ok(!existsSync(made) && !existsSync(trace));
    assert.deepEqual(readdirSync(temporary), []);
  });

  test('hostile cli: named pipes do not wait for a writer', async () => {
    for (const name of ['CURRENT', MANIFEST, '000005.ldb', '000011.log', 'LOCK', '000099.log']) {
      const path = folder();
      rmSync(join(path, name), { force: true });
      execFileSync('mkfifo', [join(path, name)]);
      await expectAll(
        [0, 1],
        OF_FOLDERS(path)
          .slice(0, 3)
          .concat([['verify', path]]),
      );
      for (const command of ['sst', 'wal', 'manifest']) await expect([1, 2], [command, join(path, name)]);
    }
  });

  test('hostile cli: links that lead nowhere, in circles and to endless files', async () => {
    for (const name of ['CURRENT', MANIFEST, '000005.ldb', '000011.log', '000099.log']) {
      for (const target of ['nowhere', name, '/dev/zero', '.', '/proc/self/mem']) {
        const path = folder();
        rmSync(join(path, name), { force: true });
        symlinkSync(target, join(path, name));
        await expectAll([1], [['verify', path]]);
        await expectAll(
          [0, 1, 4],
          [
            ['get', path, 'a1'],
            ['info', path],
          ],
        );
      }
    }
    const circle = join(root, 'circle');
    symlinkSync('circle', circle);
    await expectAll(
      [1, 2],
      [
        ['info', circle],
        ['sst', circle],
      ],
    );
  });

  test('hostile cli: a log and a table that are holes of a terabyte', async () => {
    const path = folder();
    truncateSync(join(path, '000005.ldb'), 2 ** 40);
    await expectAll(
      [1],
      [
        ['verify', path],
        ['scan', path],
      ],
    );
    await expect([1], ['sst', join(path, '000005.ldb')]);
  });

  test('hostile cli: no permission', async () => {
    for (const name of ['CURRENT', MANIFEST, '000005.ldb', '000011.log']) {
      const path = folder();
      chmodSync(join(path, name), 0);
      await expectAll(
        [0, 1, 2],
        OF_FOLDERS(path)
          .slice(0, 1)
          .concat([
            ['verify', path],
            ['scan', path],
          ]),
        true,
      );
      for (const command of ['sst', 'wal', 'manifest']) {
        const { stderr } = await expect([2], [command, join(path, name)], true);
        assert.match(stderr, /Permission denied/);
      }
    }
    const closed = folder();
    chmodSync(closed, 0);
    await expectAll([2], OF_FOLDERS(closed), true);
    chmodSync(closed, 0o755);
  });
}
