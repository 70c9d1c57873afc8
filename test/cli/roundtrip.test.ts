// Keys and values as text, from output to argument and back; and pipes that close, fill up or are slow.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fixture, sharedFixtures } from '../helpers/fixtures';
import { cliPath, jsonLines, lsm } from './run';

interface Entry {
  key: string;
  value: string;
}

const databases = [
  fixture('chromium-indexeddb'),
  fixture('goleveldb'),
  join(sharedFixtures, 'chrome-local-storage'),
];

function scan(...args: string[]): Entry[] {
  return jsonLines<Entry>(lsm('scan', ...args, '--json').stdout);
}

test('a key is found by the text that it is printed as, escaped and in hex', () => {
  for (const db of databases) {
    const [escaped, hex] = [scan(db), scan(db, '--hex')];
    assert.equal(escaped.length, hex.length);
    for (let i = 0; i < escaped.length; i += Math.ceil(escaped.length / 4)) {
      const { key, value } = escaped[i];
      assert.match(key, /^[\x20-\x7e]*$/);
      assert.equal(JSON.parse(lsm('get', db, '--json', '--', key).stdout).value, value);
      const answer = JSON.parse(lsm('get', db, hex[i].key, '--hex', '--json').stdout);
      assert.equal(answer.value, hex[i].value);
      const bytes = Buffer.from(hex[i].value, 'hex');
      assert.deepEqual(lsm('get', db, '--', key).output, Buffer.concat([bytes, Buffer.from('\n')]));
      assert.equal(lsm('get', db, '--hex', hex[i].key).stdout, `${hex[i].value}\n`);
      const [version] = jsonLines<Entry>(lsm('history', db, '--json', '--', key).stdout);
      assert.equal(version.value, value);
    }
  }
});

test('ranges and prefixes are written as keys are printed', () => {
  for (const db of databases) {
    const [all, hex] = [scan(db), scan(db, '--hex')];
    const [from, to] = [Math.floor(all.length / 3), Math.floor((2 * all.length) / 3)];
    const middle = all.slice(from, to);
    assert.deepEqual(scan(db, '--from', all[from].key, '--to', all[to].key), middle);
    assert.deepEqual(scan(db, '--hex', '--from', hex[from].key, '--to', hex[to].key), hex.slice(from, to));
    assert.deepEqual(
      scan(db, '--from', all[from].key, '--to', all[to].key, '--reverse'),
      [...middle].reverse(),
    );
    assert.deepEqual(scan(db, '--from', all[from].key, '--limit', '2'), all.slice(from, from + 2));
    const prefix = hex[from].key.slice(0, 8);
    const begins = hex.filter(({ key }) => key.startsWith(prefix));
    assert.deepEqual(scan(db, '--hex', '--prefix', prefix), begins);
    assert.deepEqual(scan(db, '--hex', '--prefix', prefix, '--reverse'), [...begins].reverse());
  }
});

test('characters outside ASCII in an argument are their UTF-8 bytes', () => {
  const db = join(sharedFixtures, 's-seq');
  const { stderr, status } = lsm('get', db, 'ключ');
  assert.equal(status, 4);
  assert.equal(stderr, `lsm: ${db}: ключ: not found\n`);
  assert.deepEqual(lsm('get', db, 'ключ', '--json').stdout, lsm('get', db, '\\xd0\\xba', '--json').stdout);
});

/** Reads one piece of a command's output and closes the pipe. */
async function readOnce(...args: string[]): Promise<{ status: number | null; stderr: string }> {
  const child = spawn(process.execPath, [cliPath, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, stderr };
}

test('a reader that goes away ends a stream quietly', async () => {
  const db = join(sharedFixtures, 's-seq');
  for (const args of [
    ['scan', db],
    ['scan', db, '--json'],
    ['dump', db],
    ['scan', db, '--internal'],
    ['wal', join(db, '000080.log')],
  ]) {
    assert.deepEqual(await readOnce(...args), { status: 0, stderr: '' }, args.join(' '));
  }
});

test('an error is told on standard error also if nobody reads standard output', async () => {
  const child = spawn(process.execPath, [cliPath, 'info', join(sharedFixtures, 'none'), '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(status, 2);
  assert.match(stderr, /^lsm: \S+: No such file or directory\n$/);
});

test('a slow reader gets everything', async () => {
  const db = join(sharedFixtures, 's-seq');
  const expected = lsm('dump', db).output;
  assert.ok(expected.length > 1 << 21);
  const child = spawn(process.execPath, [cliPath, 'dump', db], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of child.stdout) {
    pieces.push(piece);
    size += piece.length;
    // Long enough for the pipe to fill, a few times.
    if (size < 1 << 19) await sleep(20);
  }
  assert.ok(Buffer.concat(pieces).equals(expected));
});

test('a full disk is told as such', () => {
  const full = '/dev/full';
  if (!existsSync(full)) return;
  const descriptor = openSync(full, 'w');
  try {
    const { status, stderr } = spawnSync(process.execPath, [cliPath, 'dump', databases[1]], {
      stdio: ['ignore', descriptor, 'pipe'],
    });
    assert.equal(status, 1);
    assert.match(stderr.toString(), /^lsm: standard output: .*no space left on device.*\n$/);
  } finally {
    closeSync(descriptor);
  }
});
