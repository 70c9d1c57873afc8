import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { manifestText } from '../../src/engine/manifest/edit-text';
import { baseOf } from '../../src/engine/manifest/editing/base';
import { contentsOf } from '../../src/engine/manifest/editing/checks';
import { ManifestDocument } from '../../src/engine/manifest/editing/document';
import { parseManifestText } from '../../src/engine/manifest/editing/parse-text';
import { isRecord } from '../../src/engine/manifest/manifest-reader';
import { fixtures, sharedFixtures } from '../helpers/fixtures';

test('text of a MANIFEST: formatted, parsed and formatted again it is the same, over all databases', () => {
  let count = 0;
  for (const folder of [sharedFixtures, fixtures]) {
    for (const database of readdirSync(folder)) {
      if (database.includes('.') || database === 'rocksdb') continue;
      for (const name of readdirSync(join(folder, database)).filter((each) => /^MANIFEST-\d+$/.test(each))) {
        const base = baseOf(name, readFileSync(join(folder, database, name)));
        const document = new ManifestDocument(base);
        const text = [...manifestText(contentsOf(document).items, base.tail)].join('\n');
        const { edits, diagnostics } = parseManifestText(text);
        assert.deepEqual(diagnostics, [], `${database}/${name}`);
        assert.deepEqual(edits, document.edits, `${database}/${name}`);
        let edit = 0;
        const items = contentsOf(document).items.map((item) =>
          isRecord(item) ? { ...item, edit: edits[edit++] } : item,
        );
        assert.equal([...manifestText(items, base.tail)].join('\n'), text, `${database}/${name}`);
        count++;
      }
    }
  }
  assert.ok(count >= 8, `${count} MANIFESTs`);
});

const DIAGNOSTICS: [text: string, ...diagnostics: string[]][] = [
  ['edit 0\ncomparator "x"\n\n\nedit\nlog-number 7'],
  ['log-number 7', '1:1+10 expected "edit": a paragraph begins with it'],
  ['edit x', '1:6+1 expected the number of the edit'],
  ['edit 0 @ 5 6', '1:12+1 nothing more is expected on this line'],
  ['edit\nlog-number', '2:11+0 an unsigned integer of 64 bits is missing'],
  ['edit\nlog-number 18446744073709551616', '2:12+20 expected an unsigned integer of 64 bits'],
  ['edit\nlog-number 1\nlog-number 2', '3:1+10 "log-number" stands in this edit already'],
  [
    'edit\nlast-sequence 1\nlog-number 2',
    `3:1+10 "log-number" comes before what stands above it: fields are written in LevelDB's order`,
  ],
  ['edit\ncomparator x', '2:12+1 expected a text between quotation marks'],
  ['edit\ncomparator "x', '2:12+2 the quotation mark at the end is missing'],
  ['edit\ncomparator "a\\q"', '2:12+5 a backslash is written \\x5c, and other bytes \\xNN: a\\q'],
  ['edit\ndelete level 7 file 3', '2:14+1 expected a level from 0 to 6'],
  ['edit\ndelete 1 file 3', '2:8+1 expected "level"'],
  [
    'edit\ncompact-pointer level 1 "k" @ 72057594037927936 value',
    '2:31+17 expected a sequence up to 2^56 - 1',
  ],
  ['edit\ncompact-pointer level 1 "k" @ 5 thing', '2:33+5 expected "value", "deletion" or "type"'],
  ['edit\ncompact-pointer level 1 "k" @ 5 type 256', '2:38+3 expected a type up to 255'],
  ['edit\nadd level 0 file 3 size 4 smallest "a" @ 1 value', '2:49+0 "largest" is missing'],
  // Each line is looked at, whatever stands above it.
  [
    'edit\ndelete level 9 file 3\ndelete level 1 file x',
    '2:14+1 expected a level from 0 to 6',
    '3:21+1 expected a file number',
  ],
];

test('text of a MANIFEST: what is wrong is told with its line and column', () => {
  for (const [text, ...expected] of DIAGNOSTICS) {
    const { diagnostics } = parseManifestText(text);
    const actual = diagnostics.map(
      ({ line, column, length, message }) => `${line}:${column}+${length} ${message}`,
    );
    assert.deepEqual(actual, expected, text);
  }
});
