// What pictures and byte views are made of, without a browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ByteField } from '../../webview/protocol/bytes';
import { colorClasses, fieldAt, fieldLines, hexRow } from '../../webview/ui/hex-rows';
import { IndexedSource, indexKey, indexOfKey } from '../../webview/ui/indexed-rows';
import { MapLayout, segmentAt } from '../../webview/ui/map-layout';
import { visibleRange } from '../../webview/ui/virtual-list';

test('a map wraps a file into rows that cover it exactly', () => {
  for (const [total, unit] of [
    [1, 0],
    [1000, 0],
    [1_000_000, 0],
    [3_000_000, 32768],
    [40_000, 32768],
  ]) {
    const layout = new MapLayout(total, 500, 85, 17, unit);
    assert.ok(layout.rows <= 5);
    assert.ok(layout.rows * layout.bytesPerRow >= total);
    assert.ok((layout.rows - 1) * layout.bytesPerRow < total);
    if (unit) assert.equal(layout.bytesPerRow % unit, 0);
    const parts = layout.parts(0, total);
    assert.equal(parts.length, layout.rows);
    const drawn = parts.reduce((sum, { left, right }) => sum + (right - left) / 500, 0) * layout.bytesPerRow;
    assert.ok(Math.abs(drawn - total) < 1e-6 * total + 1);
  }
});

test('the byte under a point lies in the part that is drawn there', () => {
  const layout = new MapLayout(10_000, 400, 68, 17);
  for (let y = 5; y < 68; y += 17) {
    for (let x = 1; x < 400; x += 7) {
      const byte = layout.byteAt(x, y);
      if (byte === undefined) continue;
      const [part] = layout.parts(byte, byte + 1);
      assert.equal(part!.row, Math.floor(y / 17));
      assert.ok(Math.abs(part!.left - x) < 1);
    }
  }
  assert.equal(layout.byteAt(10, 500), undefined);
});

test('a segment is found by a byte', () => {
  const segments = {
    starts: Float64Array.of(0, 10, 30),
    ends: Float64Array.of(10, 20, 40),
    colors: new Uint8Array(3),
    marks: new Uint8Array(3),
  };
  assert.deepEqual(
    [0, 9, 10, 25, 30, 99].map((byte) => segmentAt(segments, byte)),
    [0, 0, 1, 1, 2, 2],
  );
  const none = { ...segments, starts: new Float64Array(0), ends: new Float64Array(0) };
  assert.equal(segmentAt(none, 5), -1);
});

const FIELDS: ByteField[] = [
  { start: 0, end: 1, name: 'length', value: '3', group: 0, groupName: 'entry 0' },
  { start: 1, end: 4, name: 'key', value: 'abc', group: 0 },
  { start: 6, end: 18, name: 'value', value: '…', group: 0 },
  { start: 18, end: 19, name: 'length', value: '1', group: 1, groupName: 'entry 1' },
];

test('fields are found by a byte, and bytes between fields have none', () => {
  assert.deepEqual(
    [0, 1, 3, 4, 5, 6, 17, 18, 19].map((at) => fieldAt(FIELDS, at)),
    [0, 1, 1, -1, -1, 2, 2, 3, -1],
  );
});

test('a row of hex has every byte once, cut where fields end', () => {
  const bytes = Uint8Array.from({ length: 19 }, (_, i) => i + 0x41);
  const page = { title: '', offset: 0, bytes, fields: FIELDS, totalBytes: 19 };
  const { hex, text } = hexRow(page, 0);
  assert.equal(
    hex
      .map((run) => run.text.trim())
      .join(' ')
      .replace(/ +/g, ' '),
    '41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f 50',
  );
  assert.equal(text.map((run) => run.text).join(''), 'ABCDEFGHIJKLMNOP');
  assert.deepEqual(
    hex.map(({ field }) => field),
    [0, 1, -1, 2],
  );
  const last = hexRow(page, 1);
  assert.equal(last.text.map((run) => run.text).join(''), 'QRS');
  // Rows are of one width, the last one too.
  const width = (runs: typeof hex) => runs.reduce((sum, run) => sum + run.text.length + (run.gap ? 1 : 0), 0);
  assert.equal(width(last.hex), width(hex));
});

test('fields of one name have one colour; groups are named before their first field', () => {
  const colors = colorClasses(FIELDS);
  assert.equal(colors[0], colors[3]);
  assert.equal(new Set(colors).size, 3);
  assert.deepEqual(
    fieldLines(FIELDS).map((line) => (line.kind === 'group' ? line.name : line.field)),
    ['entry 0', 0, 1, 2, 'entry 1', 3],
  );
});

test('a list with row numbers is read from any place, in both directions', async () => {
  const all = Array.from({ length: 1000 }, (_, i) => ({ name: `row ${i}` }));
  const asked: number[] = [];
  const source = new IndexedSource(async (start, end) => {
    asked.push(end - start);
    return { rows: all.slice(start, end), total: all.length };
  });
  assert.equal(indexOfKey(indexKey(2 ** 40 + 5)), 2 ** 40 + 5);
  const first = await source.page({ at: 'first' }, 'forward', 10);
  assert.deepEqual([first.atStart, first.atEnd, first.firstIndex, first.exactTotal], [true, false, 0, 1000]);
  const next = await source.page({ at: 'key', key: first.rows.at(-1)!.key, after: true }, 'forward', 10);
  assert.equal(next.rows[0]!.name, 'row 10');
  const last = await source.page({ at: 'last' }, 'backward', 10);
  assert.deepEqual([last.rows[0]!.index, last.rows.at(-1)!.name, last.atEnd], [990, 'row 999', true]);
  const before = await source.page({ at: 'key', key: indexKey(5) }, 'backward', 10);
  assert.deepEqual([before.rows.length, before.rows[0]!.name, before.atStart], [5, 'row 0', true]);
  const middle = await source.page({ at: 'fraction', fraction: 0.5 }, 'forward', 3);
  assert.equal(middle.firstIndex, 500);
  const beyond = await source.page({ at: 'key', key: indexKey(5000) }, 'forward', 3);
  assert.deepEqual([beyond.rows.length, beyond.atEnd], [0, true]);
  assert.ok(Math.max(...asked) <= 10);
});

test('only rows in sight are drawn', () => {
  const { first, last, offset } = visibleRange({ scrollTop: 20_000, clientHeight: 300 }, 100_000, 20);
  assert.ok(first < 1000 && first > 980);
  assert.ok(last > 1014 && last < 1030);
  assert.equal(offset, first * 20);
  assert.deepEqual(visibleRange(undefined, 3, 20), { first: 0, last: 3, offset: 0 });
});
