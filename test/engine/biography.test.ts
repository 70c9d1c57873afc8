// A key's way through the tables, against a plain recomputation over the MANIFEST's edits.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { compareBytes } from '../../src/engine/bytes/compare';
import { keyBiography } from '../../src/engine/db/biography';
import { biographyLines } from '../../src/engine/db/biography-text';
import { keyHistory } from '../../src/engine/db/history';
import { Inspection } from '../../src/engine/db/inspection';
import { NodeReadableEnv } from '../../src/engine/env/node';
import { isRecord, ManifestContents } from '../../src/engine/manifest/manifest-reader';
import type { Problem } from '../../src/engine/problem';
import { sharedFixtures } from '../helpers/fixtures';

const env = new NodeReadableEnv();

for (const name of ['s-over', 's-rand', 's-compact']) {
  test(`${name}: residences are what the edits say, and every version lies in one of them`, () => {
    const directory = join(sharedFixtures, name);
    const db = Inspection.open(env, directory, {});
    try {
      const [some] = [...db.version.files()];
      const keys = ['user0000000042', 'user0000003000', 'zzz', ''].map((text) =>
        new TextEncoder().encode(text),
      );
      if (some) keys.push(some.file.smallest.slice(0, -8), some.file.largest.slice(0, -8));
      for (const key of keys) {
        const problems: Problem[] = [];
        const { residences, edits, steps } = keyBiography(db, key, (problem) => problems.push(problem));
        assert.deepEqual(
          problems.filter(({ severity }) => severity === 'error'),
          [],
        );
        const file = env.open(join(directory, db.versions.manifest));
        const records = ManifestContents.read(file, 'M').items.filter(isRecord);
        file.close();
        assert.ok(steps >= records.length);
        const base = steps - records.length;
        const expected = new Map<string, { added: number; removed: number | undefined }>();
        for (const [i, { edit }] of records.entries()) {
          for (const { level, number } of edit.deletedFiles) {
            const stay = expected.get(`${level}/${number}`);
            if (stay) stay.removed = i + base;
          }
          for (const {
            level,
            file: { number, smallest, largest },
          } of edit.newFiles) {
            const covers =
              compareBytes(key, smallest.subarray(0, -8)) >= 0 &&
              compareBytes(key, largest.subarray(0, -8)) <= 0;
            if (covers) expected.set(`${level}/${number}`, { added: i + base, removed: undefined });
          }
        }
        const found = new Map(
          residences.map(({ level, number, added, removed }) => [`${level}/${number}`, { added, removed }]),
        );
        assert.deepEqual(found, expected);
        const live = residences.filter(({ removed }) => removed === undefined).length;
        assert.equal(
          live,
          [...db.version.files()].filter(({ file: each }) => db.version.covers(each, key)).length,
        );
        for (const version of keyHistory(db, key, () => {})) {
          if (!version.live || version.level === undefined) continue;
          const place = residences.find(
            ({ name: each, removed }) => each === version.file && removed === undefined,
          );
          assert.equal(place?.level, version.level);
        }
        const lines = biographyLines({
          residences,
          edits,
          steps,
          manifests: [{ name: 'M', step: 0, current: true }],
        });
        assert.equal(lines.filter((line) => line.startsWith('  edit ')).length, edits.length);
      }
    } finally {
      db.close();
    }
  });
}
