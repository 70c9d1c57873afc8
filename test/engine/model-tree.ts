import assert from 'node:assert/strict';
import type { Database } from '../../src/engine/db/database';
import type { WritableEnv } from '../../src/engine/env/env';
import { logFileName, manifestFileName, tableFileName } from '../../src/engine/manifest/file-names';
import { LEVELS } from '../../src/engine/manifest/version-edit';

/** What holds of a tree at any time. */
export function checkTree({ version, counters, directory }: Database, env: WritableEnv): void {
  for (const { level, left, right } of version.overlaps()) {
    assert.fail(`level ${level}: tables ${left.number} and ${right.number} overlap`);
  }
  const numbers = new Set<number | bigint>();
  for (const { level, file } of version.files()) {
    const { number, size, smallest, largest } = file;
    assert.ok(!numbers.has(number), `table ${number} stands in the tree twice`);
    numbers.add(number);
    assert.ok(number < counters.nextFileNumber, `table ${number} has a number that is not used yet`);
    const order = version.comparator.compare(smallest, 0, smallest.length, largest, 0, largest.length);
    assert.ok(order <= 0, `table ${number} ends before it begins`);
    const path = env.join(directory, tableFileName(number));
    assert.equal(env.stat(path).size, size, `the size of table ${number} in level ${level}`);
  }
  assert.equal(version.levels.length, LEVELS);
  assert.ok(counters.logNumber < counters.nextFileNumber);
  assert.ok(counters.manifestNumber < counters.nextFileNumber);
}

/** Of a database at rest that nobody reads: its files are those of the version, one log and one MANIFEST. */
export function checkFiles({ version, counters, directory }: Database, env: WritableEnv): void {
  const expected = [
    'CURRENT',
    'LOCK',
    logFileName(counters.logNumber),
    manifestFileName(counters.manifestNumber),
  ];
  for (const { file } of version.files()) expected.push(tableFileName(file.number));
  const names = env.list(directory).map(({ name }) => name);
  assert.deepEqual(names.filter((name) => !/^LOG(\.old)?$/.test(name)).sort(), expected.sort());
}
