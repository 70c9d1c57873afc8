// What the MANIFEST editor's page works out by itself, without a browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChangeQueue } from '../../webview/manifest/change-queue';
import { Lives } from '../../webview/manifest/lives';
import {
  parseComparator,
  parseLevel,
  parseNumber,
  parseOptionalNumber,
  parseSequence,
  parseUserKey,
} from '../../webview/manifest/parse-fields';
import { addFromFile, editActions } from '../../webview/manifest/plans';
import { RowNames } from '../../webview/manifest/row-names';
import { MapMark } from '../../webview/ui/map-marks';

test('numbers are unsigned integers of 64 bits; above 2^53 they stay text', () => {
  assert.deepEqual(parseNumber(' 007 '), { value: 7 });
  assert.deepEqual(parseNumber('9007199254740991'), { value: 9007199254740991 });
  assert.deepEqual(parseNumber('9007199254740992'), { value: '9007199254740992' });
  assert.deepEqual(parseNumber('18446744073709551615'), { value: '18446744073709551615' });
  for (const wrong of ['', '-1', '1.5', '0x7', '1e3', '18446744073709551616', '9'.repeat(50)]) {
    assert.ok('error' in parseNumber(wrong), wrong);
  }
  assert.deepEqual(parseOptionalNumber(' '), { value: null });
  assert.ok('error' in parseOptionalNumber('x'));
});

test('sequences have 56 bits, levels go to 6, keys are escaped', () => {
  assert.deepEqual(parseSequence('72057594037927935'), { value: '72057594037927935' });
  assert.ok('error' in parseSequence('72057594037927936'));
  assert.deepEqual([parseLevel('0'), parseLevel('6')], [{ value: 0 }, { value: 6 }]);
  assert.ok('error' in parseLevel('7'));
  assert.deepEqual(parseUserKey(''), { value: '' });
  assert.deepEqual(parseUserKey('a\\x00\\x5cé'), { value: 'a\\x00\\x5cé' });
  for (const wrong of ['\\', 'a\\x0', '\\xgg', 'a\\nb']) assert.ok('error' in parseUserKey(wrong), wrong);
  assert.deepEqual(parseComparator(''), { value: null });
});

test('operations on an edit end where there is nothing to do', () => {
  const enabled = (edit: number, edits: number) =>
    editActions(edit, edits).flatMap(({ id, isDisabled }) => (isDisabled ? [] : [id]));
  assert.deepEqual(enabled(0, 0), ['insert-after']);
  assert.deepEqual(enabled(0, 1), ['insert-before', 'insert-after', 'duplicate', 'delete']);
  assert.equal(enabled(1, 3).length, 8);
  const plan = (id: string, edit: number, edits: number) =>
    editActions(edit, edits).find((action) => action.id === id)!.plan;
  assert.deepEqual(plan('insert-after', 0, 0), {
    operations: [{ op: 'insert-edit', at: 0, with: {} }],
    edit: 0,
  });
  // The edit behind it is selected; of the last one, the one before.
  assert.equal(plan('delete', 1, 3).edit, 1);
  assert.equal(plan('delete', 2, 3).edit, 1);
});

test('a table from its file is added and then measured, in the edit that gets it', () => {
  const [add, measure] = addFromFile(2, 7, 40).operations as Record<string, unknown>[];
  assert.deepEqual([add!.edit, measure!.edit], [undefined, 40]);
  const [, inEdit] = addFromFile(2, 7, 40, 3).operations as Record<string, unknown>[];
  assert.deepEqual(inEdit, { op: 'measure-file', edit: 3, level: 2, number: 7 });
});

test('lines keep their names while their fields change, and when others come or go', () => {
  const names = new RowNames<{ level: number; number: number }>(({ level, number }) => `${level}/${number}`);
  const rows = [
    { level: 0, number: 5 },
    { level: 0, number: 6 },
    { level: 1, number: 7 },
  ];
  names.update(rows, false);
  const [a, b, c] = names.rows.map(({ id }) => id);
  names.update([rows[0]!, { level: 2, number: 6 }, rows[2]!], true);
  assert.deepEqual(
    names.rows.map(({ id }) => id),
    [a, b, c],
  );
  assert.deepEqual(names.find(b!), { level: 2, number: 6 });
  names.update([{ level: 2, number: 6 }, rows[2]!], true);
  assert.deepEqual(
    names.rows.map(({ id }) => id),
    [b, c],
  );
  assert.equal(names.find(a!), undefined);
  names.update([rows[2]!, { level: 2, number: 6 }], false);
  assert.ok(names.rows.every(({ id }) => ![a, b, c].includes(id)));
});

test('changes are made one after the other, each from what the one before it led to', async () => {
  let edit = 5;
  const done: number[] = [];
  const queue = new ChangeQueue(async ({ edit: to }) => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (to === 3) throw new Error('not there');
    done.push(edit);
    edit = to!;
  });
  const up = () => queue.run(() => ({ operations: [], edit: edit - 1 }));
  assert.deepEqual(await Promise.all([up(), up(), queue.run(() => undefined)]), [
    undefined,
    { message: 'not there', code: undefined },
    undefined,
  ]);
  assert.deepEqual(done, [5]);
});

function bytesOf(array: Float64Array | Float32Array | Uint32Array): Uint8Array {
  return new Uint8Array(array.buffer);
}

test('at the last edit the map marks what the saved version lacks, and shows what only that has', () => {
  const none = 0xffff_ffff;
  // Table 5 stays; 6 was removed by edit 3; 7 is new; of 8 nothing is left among the edits.
  const lives = new Lives({
    count: 3,
    numbers: bytesOf(Float64Array.of(5, 6, 7)),
    sizes: bytesOf(Float64Array.of(1, 1, 1)),
    levels: Uint8Array.of(1, 1, 0),
    left: bytesOf(Float32Array.of(0, 0.5, 0)),
    right: bytesOf(Float32Array.of(0.5, 1, 1)),
    added: bytesOf(Uint32Array.of(0, 0, 3)),
    removed: bytesOf(Uint32Array.of(none, 3, none)),
    saved: Uint8Array.of(1, 1, 0),
    gone: {
      count: 2,
      numbers: bytesOf(Float64Array.of(6, 8)),
      sizes: bytesOf(Float64Array.of(1, 9)),
      levels: Uint8Array.of(1, 2),
      left: bytesOf(Float32Array.of(0.5, 0.25)),
      right: bytesOf(Float32Array.of(1, 0.75)),
    },
    ticks: [],
  });
  assert.ok(lives.isChanged);
  const last = lives.at(3, 'level', true);
  assert.deepEqual([...last.lives], [0, 2, 1, 4]);
  assert.deepEqual(
    [...last.marks],
    [MapMark.plain, MapMark.come | MapMark.unsaved, MapMark.ghost, MapMark.ghost],
  );
  assert.deepEqual([...last.levels], [1, 0, 1, 2]);
  assert.equal(last.left[3], 0.25);
  assert.deepEqual([...lives.at(3, 'level', false).marks], [MapMark.plain, MapMark.gone, MapMark.come]);
  assert.equal(lives.find(8, -1), 4);
  assert.equal(lives.find(9, 0), -1);
});
