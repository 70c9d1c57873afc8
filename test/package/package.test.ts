// What is in the packaged extension: the files that were meant, nothing beside them, and not too many bytes.
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';

const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
const VSIX = `dist/${name}-${version}.vsix`;
const EXPECTED = 'test/package/expected-files.txt';
const LIMIT_BYTES = 3 * 1024 * 1024;

/** The names in a zip archive, from its central directory. */
function zipEntries(archive: Buffer): string[] {
  const end = archive.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  assert.notEqual(end, -1, 'no end of central directory');
  const names: string[] = [];
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    assert.equal(archive.toString('latin1', at, at + 4), 'PK\x01\x02');
    const nameLength = archive.readUInt16LE(at + 28);
    names.push(archive.toString('utf8', at + 46, at + 46 + nameLength));
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return names;
}

test('the package stays under 3 MB', () => {
  const { size } = statSync(VSIX);
  assert.ok(size < LIMIT_BYTES, `${VSIX} has ${size} bytes`);
});

test('the package holds the expected files', () => {
  // A chunk's name carries the hash of its content.
  const names = zipEntries(readFileSync(VSIX)).map((file) => file.replace(/(chunk-)[0-9A-Z]{8}/, '$1HASH'));
  const text = `${[...new Set(names)].sort().join('\n')}\n`;
  if (process.env.LSM_REWRITE) writeFileSync(EXPECTED, text);
  assert.equal(text, readFileSync(EXPECTED, 'utf8'));
});
