// The cases of LevelDB's db/filename_test.cc.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  logFileName,
  manifestFileName,
  oldTableFileName,
  parseFileName,
  tableFileName,
} from '../../src/engine/manifest/file-names';

test('filename_test: Parse', () => {
  const sound: [name: string, number: number | bigint, kind: string][] = [
    ['100.log', 100, 'log'],
    ['0.log', 0, 'log'],
    ['0.sst', 0, 'table'],
    ['0.ldb', 0, 'table'],
    ['CURRENT', 0, 'current'],
    ['LOCK', 0, 'lock'],
    ['MANIFEST-2', 2, 'manifest'],
    ['MANIFEST-7', 7, 'manifest'],
    ['LOG', 0, 'info-log'],
    ['LOG.old', 0, 'info-log'],
    ['18446744073709551615.log', 18446744073709551615n, 'log'],
    ['1234567.ldb', 1234567, 'table'],
    ['000007.dbtmp', 7, 'temporary'],
  ];
  for (const [name, number, kind] of sound) assert.deepEqual(parseFileName(name), { kind, number }, name);
  const errors =
    '|foo|foo-dx-100.log|.log||manifest|CURREN|CURRENTX|MANIFES|MANIFEST|MANIFEST-|XMANIFEST-3|MANIFEST-3x|LOC|LOCKx|' +
    'LO|LOGx|18446744073709551616.log|184467440737095516150.log|100|100.|100.lop|manifest-prod.json|CURRENT.bak';
  for (const name of errors.split('|')) assert.equal(parseFileName(name), undefined, name);
});

test('filename_test: Construction', () => {
  const cases: [name: string, kind: string, number: number][] = [
    [logFileName(192), 'log', 192],
    [tableFileName(200), 'table', 200],
    [oldTableFileName(200), 'table', 200],
    [manifestFileName(100), 'manifest', 100],
    [tableFileName(12345678), 'table', 12345678],
  ];
  for (const [name, kind, number] of cases) assert.deepEqual(parseFileName(name), { kind, number }, name);
  assert.deepEqual(
    [logFileName(192), tableFileName(200), oldTableFileName(200), manifestFileName(100)],
    ['000192.log', '000200.ldb', '000200.sst', 'MANIFEST-000100'],
  );
});
