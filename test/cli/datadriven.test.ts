import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { runDataDriven } from './datadriven';

// The tree's own files: this one runs as a bundle, from the project's folder.
const testdata = resolve('test/cli/testdata');
const rewrite = process.env.LSM_REWRITE === '1' && !process.env.CI;

for (const name of readdirSync(testdata).filter((file) => file.endsWith('.txt'))) {
  test(`lsm prints what ${name} says`, () => {
    const path = join(testdata, name);
    const expected = readFileSync(path, 'utf8');
    const actual = runDataDriven(expected);
    if (rewrite) writeFileSync(path, actual);
    else assert.equal(actual, expected);
  });
}
