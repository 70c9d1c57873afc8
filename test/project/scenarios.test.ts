// The list of LevelDB's scenarios and the tests must not drift apart.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

test('each scenario in the list has its test', () => {
  const list = readFileSync('test/engine/leveldb-scenarios.md', 'utf8');
  let suite = '';
  let found = 0;
  for (const line of list.split('\n')) {
    suite = /^## \w+\/(\w+)\.cc/.exec(line)?.[1] ?? suite;
    const row = /^\|\s*(.+?)\s*\|\s*`(.+?)`\s*\|\s*same/.exec(line);
    if (!row) continue;
    const [, scenario, file] = row;
    const source = readFileSync(`test/engine/${file}`, 'utf8');
    const word = /^[\w.]+/.exec(scenario)?.[0] ?? '';
    const isListed = scenario.startsWith('all of these') || source.includes(word);
    assert.ok(isListed && source.includes(suite), `${suite}: ${scenario} is not in ${file}`);
    found++;
  }
  assert.ok(found > 150, `only ${found} scenarios are listed`);
});
