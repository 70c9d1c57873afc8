import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { digestScan } from '../../src/engine/db/scan';
import { Inspection } from '../../src/engine/db/inspection';
import { NodeReadableEnv, nodeInflate } from '../../src/engine/env/node';
import { sharedFixtures } from '../helpers/fixtures';

const truth = JSON.parse(readFileSync(join(sharedFixtures, 'truth.json'), 'utf8'));
const env = new NodeReadableEnv();

for (const [name, expected] of Object.entries<any>(truth)) {
  if (expected.entries === undefined) continue;
  test(`fixture ${name}: live entries as C++ LevelDB counts them`, () => {
    const db = Inspection.open(env, join(sharedFixtures, name), { inflate: nodeInflate });
    const { entries, keyBytes, valueBytes, fnv1a64 } = expected;
    assert.deepEqual(digestScan(db.scan()), { entries, keyBytes, valueBytes, fnv1a64 });
    assert.equal(db.versions.edits, expected.manifestEdits);
    assert.deepEqual(
      db.problems.filter((problem) => problem.severity === 'error'),
      [],
    );
    db.close();
  });
}
