// abstract-level's test suite, as npm has it, on the engine: in memory and on the disk.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { forkTestChild } from '../helpers/leveldb';

/** What the suite of the pinned version comes to with all that the adapter declares; it must not shrink unseen. */
const LEAST_ASSERTIONS = 5000;

test("abstract-level's test suite passes in memory", () => passes('memory'));

test("abstract-level's test suite passes on the disk", async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lsm-abstract-level-'));
  try {
    await passes('disk', directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

async function passes(...args: string[]): Promise<void> {
  const child = forkTestChild('abstract-level/suite.child.mjs', args, 'pipe');
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => output.push(text));
  }
  const [code] = await once(child, 'close');
  const text = output.join('');
  const lines = text.split('\n');
  const failures = lines.flatMap((line, i) =>
    /^not ok /.test(line) ? [lines.slice(i, i + 12).join('\n')] : [],
  );
  assert.equal(failures.length, 0, failures.slice(0, 5).join('\n'));
  assert.equal(code, 0, text.slice(-2000));
  const passed = lines.filter((line) => /^ok \d+ /.test(line)).length;
  // TAP's plan comes last: with it nothing was cut off.
  assert.ok(lines.includes(`1..${passed}`), `${passed} assertions and another plan: ${text.slice(-500)}`);
  assert.ok(passed >= LEAST_ASSERTIONS, `only ${passed} assertions`);
}
