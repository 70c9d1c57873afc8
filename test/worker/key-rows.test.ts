// Rows as a few arrays, there and back; and answers whose arrays are handed over.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyRow } from '../../src/worker/api';
import { packKeyRows } from '../../src/worker/key-rows';
import { movedWith, moving } from '../../src/worker/moved';
import { keyRowsOf } from '../../webview/protocol/key-rows';
import { packBytes, unpackBytes } from '../../webview/protocol/pack';

const bytes = (text: string) => new Uint8Array(Buffer.from(text));

test('rows come back as they were, through both ways to the page', () => {
  const row = { key: bytes('a'), preview: bytes('value'), valueBytes: 5, hidden: false, file: undefined };
  const pages: KeyRow[][] = [
    [],
    [{ ...row, sequence: 7, type: 'value' }],
    [
      { ...row, sequence: 2 ** 53 - 1, type: 'value', file: '000005.ldb' },
      { ...row, sequence: 2n ** 56n - 1n, type: 'deletion', preview: bytes(''), valueBytes: 0, hidden: true },
      { ...row, key: bytes(''), sequence: 2 ** 32, type: 'value', valueBytes: 2 ** 31, file: '000005.ldb' },
      { ...row, key: bytes('z'.repeat(3000)), sequence: 2n ** 53n, type: 'value', file: '000012.log' },
    ].map((given) => ({ ...given, file: given.file ?? '000007.ldb' }) as KeyRow),
  ];
  for (const rows of pages) {
    const packed = packBytes(structuredClone({ rows: packKeyRows(rows) }));
    const carried = { value: JSON.parse(JSON.stringify(packed.value)), bytes: packed.bytes };
    const back = keyRowsOf((unpackBytes(carried) as { rows: ReturnType<typeof packKeyRows> }).rows);
    assert.deepEqual(
      back,
      rows.map((given) => ({ ...given, sequence: `${given.sequence}` })),
    );
  }
});

test('what is handed over is moved once and whole; what is part of a larger buffer stays', () => {
  const larger = new Uint8Array(100);
  const shared = new Float64Array(2);
  const answer = moving({
    numbers: shared,
    again: shared,
    part: larger.subarray(10, 20),
    inner: { flags: new Uint8Array(3) },
    list: [new Uint8Array(9)],
  });
  const buffers = movedWith(answer);
  assert.deepEqual(
    buffers.map(({ byteLength }) => byteLength),
    [16, 3],
  );
  const got = structuredClone(answer, { transfer: buffers });
  assert.deepEqual([...got.numbers, ...got.inner.flags], [0, 0, 0, 0, 0]);
  assert.equal(shared.length, 0, 'it was copied');
  assert.equal(larger.length, 100);
  assert.deepEqual(movedWith({}), []);
  assert.deepEqual(movedWith(undefined), []);
});
