// Length fields that claim more than there is: nothing is allocated for a claim, and nothing takes long.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

interface Line {
  name: string;
  outcome: string;
  /** Of the arrays allocated. */
  largest: number;
  expanded: number;
  size: number;
  milliseconds: number;
}

/** A block of a log, and what zstd keeps at hand. */
const FIXED_BYTES = 1 << 17;
const HEAP_MB = 48;

test('hostile sizes: what is allocated follows what is stored, not what is claimed', () => {
  const child = fileURLToPath(new URL('./hostile-sizes.child.mjs', import.meta.url));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [`--max-old-space-size=${HEAP_MB}`, '--enable-source-maps', child],
    { encoding: 'utf8', timeout: 60_000 },
  );
  assert.equal(status, 0, stderr);
  const lines = stdout.trim().split('\n');
  assert.ok(lines.length > 30);
  for (const line of lines) {
    const { name, outcome, largest, expanded, size, milliseconds } = JSON.parse(line) as Line;
    assert.ok(!outcome.startsWith('NOT EXPECTED'), `${name}: ${outcome}`);
    // Twice: buffers grow by doubling.
    const allowed = FIXED_BYTES + 2 * size + 2 * expanded;
    assert.ok(largest <= allowed, `${name}: ${largest} bytes in one piece for ${size} stored`);
    assert.ok(milliseconds < 5000, `${name}: ${milliseconds} ms`);
  }
});
