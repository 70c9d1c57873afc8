// What several threads do of a database that is large enough: the same as one does of its entries.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Database } from '../../src/engine/db/database';
import { Inspection } from '../../src/engine/db/inspection';
import { digestScan } from '../../src/engine/db/scan';
import { NodeReadableEnv } from '../../src/engine/env/node';
import { NodeWritableEnv } from '../../src/engine/env/node-writable';
import { runSteps } from '../../src/engine/trace/events';
import { cliPath, lsm } from './run';

const folder = mkdtempSync(join(tmpdir(), 'lsm-large-'));
const [a, b] = [join(folder, 'a'), join(folder, 'b')];
const KEYS = 1300;
const VALUE_BYTES = 100_000;

const keyOf = (i: number) => `key${String(i).padStart(6, '0')}`;

/** 130 MB of tables. Every hundredth value is another one where `round` is. */
function fill(directory: string, round: number): void {
  const db = Database.openNow(new NodeWritableEnv(), directory, {
    createIfMissing: true,
    background: 'stepped',
    compression: 'none',
  });
  const value = Uint8Array.from({ length: VALUE_BYTES }, (_, i) => 32 + ((i * i) % 95));
  for (let i = 0; i < KEYS; i++) {
    value[5] = 65 + (i % 100 === 0 ? round : 0);
    value[6] = 32 + (i % 90);
    db.put(Buffer.from(keyOf(i)), value);
  }
  runSteps(db.flush());
  db.close();
}

before(() => {
  fill(a, 0);
  fill(b, 1);
});

after(() => rmSync(folder, { recursive: true }));

interface Entry {
  key: string;
  value: string;
}

test('dump and scan: every entry, in order', () => {
  for (const command of ['dump', 'scan']) {
    const { stdout, stderr, status } = lsm(command, a, '--json');
    assert.deepEqual([status, stderr], [0, '']);
    const lines = stdout.trimEnd().split('\n');
    assert.equal(lines.length, KEYS);
    for (const [i, line] of lines.entries()) {
      const { key, value } = JSON.parse(line) as Entry;
      assert.equal(key, keyOf(i));
      assert.ok(value.length >= VALUE_BYTES);
    }
  }
});

test('a range, a limit and a snapshot count, for entries and for the digest of them', () => {
  const db = Inspection.open(new NodeReadableEnv(), a);
  assert.deepEqual(JSON.parse(lsm('scan', a, '--count', '--json').stdout), digestScan(db.scan()));
  const [from, to] = [keyOf(100), keyOf(110)];
  const cases: [options: string[], entries: number][] = [
    [['--from', from, '--to', to], 10],
    [['--from', keyOf(KEYS - 3)], 3],
    [['--to', keyOf(4)], 4],
    [['--prefix', 'key00012'], 10],
    [['--limit', '7'], 7],
    [['--limit', '7', '--reverse'], 7],
    [['--snapshot', '5'], 5],
  ];
  for (const [options, entries] of cases) {
    const { entries: counted } = JSON.parse(lsm('scan', a, '--count', '--json', ...options).stdout);
    assert.equal(counted, entries, options.join(' '));
    const lines = lsm('scan', a, ...options)
      .stdout.trimEnd()
      .split('\n');
    assert.equal(lines.length, entries, options.join(' '));
  }
  db.close();
});

test('diff: counts, and the first differences', () => {
  const { stdout, status } = lsm('diff', a, b, '--json', '--limit', '5');
  assert.equal(status, 1);
  const { keys, differences } = JSON.parse(stdout);
  assert.deepEqual(keys, { same: KEYS - KEYS / 100, different: KEYS / 100, onlyInA: 0, onlyInB: 0 });
  assert.deepEqual(
    differences,
    [0, 100, 200, 300, 400].map((i) => ({ change: 'different', key: keyOf(i) })),
  );
});

test('a pipe that closes, and a signal, end a dump', async () => {
  for (const end of ['close', 'signal'] as const) {
    const child = spawn(process.execPath, [cliPath, 'dump', a], { stdio: ['ignore', 'pipe', 'pipe'] });
    await once(child.stdout, 'data');
    if (end === 'close') child.stdout.destroy();
    else child.kill('SIGTERM');
    const [status, signal] = await once(child, 'exit');
    assert.deepEqual([status, signal], end === 'close' ? [0, null] : [null, 'SIGTERM']);
  }
});
