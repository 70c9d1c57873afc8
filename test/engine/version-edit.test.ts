// The case of LevelDB's db/version_edit_test.cc, and the errors of VersionEdit::DecodeFrom.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteWriter } from '../../src/engine/bytes/byte-writer';
import { encodeInternalKey, ValueType } from '../../src/engine/keys/internal-key';
import {
  decodeVersionEdit,
  emptyVersionEdit,
  encodeVersionEdit,
  type VersionEdit,
} from '../../src/engine/manifest/version-edit';
import { bytes } from './table-harness';

function encodeDecode(edit: VersionEdit): void {
  const encoded = encodeVersionEdit(edit);
  const parsed = decodeVersionEdit(encoded);
  assert.deepEqual(encodeVersionEdit(parsed), encoded);
  assert.deepEqual(parsed, edit);
}

test('version_edit_test: EncodeDecode', () => {
  const big = 2 ** 50;
  const edit = emptyVersionEdit();
  for (let i = 0; i < 4; i++) {
    encodeDecode(edit);
    edit.newFiles.push({
      level: 3,
      file: {
        number: big + 300 + i,
        size: big + 400 + i,
        smallest: encodeInternalKey(bytes('foo'), big + 500 + i, ValueType.value),
        largest: encodeInternalKey(bytes('zoo'), big + 600 + i, ValueType.deletion),
      },
    });
    edit.deletedFiles.push({ level: 4, number: big + 700 + i });
    edit.compactPointers.push({
      level: i,
      key: encodeInternalKey(bytes('x'), big + 900 + i, ValueType.value),
    });
  }
  edit.comparator = 'foo';
  edit.logNumber = big + 100;
  edit.nextFileNumber = big + 200;
  edit.lastSequence = big + 1000;
  encodeDecode(edit);
});

test('counters of 64 bits survive', () => {
  const edit = emptyVersionEdit();
  edit.logNumber = 2n ** 64n - 1n;
  edit.lastSequence = 2n ** 56n - 1n;
  encodeDecode(edit);
});

test('each field that cannot be read is named', () => {
  const key = encodeInternalKey(bytes('k'), 1, 1);
  const cases: [field: string, write: (out: ByteWriter) => void][] = [
    ['comparator name', (out) => out.varint32(5)],
    ['log number', (out) => out.byte(0x80)],
    ['previous log number', () => {}],
    ['next file number', () => {}],
    ['last sequence number', (out) => out.bytes(new Uint8Array(10).fill(0xff))],
    ['compaction pointer', (out) => out.varint32(7)],
    ['deleted file', (out) => out.varint32(1)],
    ['new-file entry', (out) => out.varint32(2)],
  ];
  const tags: Record<string, number> = {
    'comparator name': 1,
    'log number': 2,
    'previous log number': 9,
    'next file number': 3,
    'last sequence number': 4,
    'compaction pointer': 5,
    'deleted file': 6,
    'new-file entry': 7,
  };
  for (const [field, write] of cases) {
    const out = new ByteWriter();
    out.varint32(tags[field]);
    write(out);
    assert.throws(() => decodeVersionEdit(out.view(), 'MANIFEST-000002', 35), {
      message: `VersionEdit: ${field}`,
      status: 'Corruption',
      file: 'MANIFEST-000002',
      offset: 35,
    });
  }
  assert.throws(() => decodeVersionEdit(new Uint8Array([8])), { message: 'VersionEdit: unknown tag' });
  assert.throws(() => decodeVersionEdit(new Uint8Array([0x80])), { message: 'VersionEdit: invalid tag' });

  const newFile = new ByteWriter();
  for (const value of [7, 7, 1, 1]) newFile.varint32(value); // level 7 does not exist
  newFile.lengthPrefixed(key);
  newFile.lengthPrefixed(key);
  assert.throws(() => decodeVersionEdit(newFile.view()), { message: 'VersionEdit: new-file entry' });
});

test('every prefix of an edit decodes to fewer fields or is refused', () => {
  const edit: VersionEdit = {
    comparator: 'leveldb.BytewiseComparator',
    logNumber: 300,
    prevLogNumber: 0,
    nextFileNumber: 70000,
    lastSequence: 2 ** 40,
    compactPointers: [{ level: 1, key: encodeInternalKey(bytes('p'), 9, 1) }],
    deletedFiles: [{ level: 0, number: 12 }],
    newFiles: [
      {
        level: 2,
        file: {
          number: 13,
          size: 4096,
          smallest: encodeInternalKey(bytes('a'), 3, 1),
          largest: encodeInternalKey(bytes('z'), 4, 0),
        },
      },
    ],
  };
  const encoded = encodeVersionEdit(edit);
  let whole = 0;
  for (let length = 0; length <= encoded.length; length++) {
    try {
      const parsed = decodeVersionEdit(encoded.subarray(0, length));
      assert.deepEqual(encodeVersionEdit(parsed), encoded.slice(0, length));
      whole++;
    } catch (error) {
      assert.match((error as Error).message, /^VersionEdit: /);
    }
  }
  assert.equal(whole, 9); // after each of the eight fields, and nothing at all
});
