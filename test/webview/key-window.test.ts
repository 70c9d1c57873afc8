// The rows that are held stay one unbroken run of the list, whatever is asked in whatever order answers come.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyRow, KeysQuery } from '../../webview/protocol/keys';
import { KeyWindow } from '../../webview/ui/key-window';
import type { RowSource } from '../../webview/ui/rows';
import { fakePage, isDeleted, KEY_COUNT, keyAt } from './fake-keys';

/** Numbers that are the same in every run. */
function randomNumbers(seed: number): (below: number) => number {
  return (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
}

function slowSource(query: KeysQuery, random: (below: number) => number): RowSource<KeyRow> {
  return {
    page: (anchor, direction, count) =>
      new Promise((resolve) => {
        setTimeout(() => resolve(fakePage(query, anchor, direction, count)), random(6));
      }),
  };
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const numberOf = (row: KeyRow) => Number(new TextDecoder().decode(row.key.subarray(5, 13)));

function check(window: KeyWindow<KeyRow>, query: KeysQuery): void {
  const { items } = window;
  assert.ok(items.length > 0 && items.length <= 500, `${items.length} rows held`);
  assert.ok(window.top >= 0 && window.top <= window.maxTop);
  for (let i = 1; i < items.length; i++) {
    const [before, row] = [items[i - 1]!.row, items[i]!.row];
    let next = numberOf(before) + 1;
    if (query.versions === 'all') {
      if (numberOf(row) === numberOf(before)) assert.ok(Number(row.sequence) < Number(before.sequence));
      else assert.equal(numberOf(row), next);
    } else {
      while (isDeleted(next)) next++;
      assert.equal(numberOf(row), next, 'a live key is missing or doubled');
    }
  }
  const first = numberOf(items[0]!.row);
  assert.equal(window.atStart, first === 0);
  if (query.versions === 'live' && window.base !== undefined) {
    assert.equal(window.base, first - Math.floor(first / 10), 'the row number');
  }
  assert.ok(window.position >= 0 && window.position <= 1);
  if (!window.atStart && !window.atEnd) assert.ok(Math.abs(window.position - first / KEY_COUNT) < 0.01);
}

for (const versions of ['live', 'all'] as const) {
  test(`random scrolling and jumping, versions: ${versions}`, async () => {
    const random = randomNumbers(versions === 'live' ? 7 : 8);
    const query: KeysQuery = { versions };
    const errors: unknown[] = [];
    const window = new KeyWindow<KeyRow>(
      slowSource(query, random),
      () => {},
      (error) => errors.push(error),
    );
    window.resize(30.5);
    await window.jump({ at: 'first' });
    for (let step = 0; step < 500; step++) {
      const kind = random(12);
      if (kind < 5) window.scrollBy(random(100));
      else if (kind < 9) window.scrollBy(-random(100));
      else if (kind === 9) void window.jump({ at: random(2) ? 'first' : 'last' });
      else if (kind === 10) void window.jump({ at: 'key', key: keyAt(random(KEY_COUNT)) });
      else void window.jump({ at: 'fraction', fraction: random(1000) / 1000 });
      if (random(3) === 0) await wait(random(10));
      if (step > 5 && window.items.length > 0) check(window, query);
    }
    await wait(200);
    check(window, query);
    assert.deepEqual(errors, []);
    window.close();
  });
}

test('a key with more versions than a page stays whole', async () => {
  const rows = Array.from({ length: 1500 }, (_, i) => ({
    key: new Uint8Array([i < 700 ? 1 : i < 1400 ? 2 : 3]),
    sequence: String(5000 - i),
  }));
  // Whole keys only, as the extension answers.
  const source: RowSource<(typeof rows)[number]> = {
    page: async (anchor, direction, count) => {
      const key = anchor.at === 'key' ? anchor.key[0]! + (anchor.after ? 0.5 : 0) : 0;
      const at = rows.findIndex((row) => row.key[0]! >= key);
      const place = anchor.at === 'last' || at < 0 ? rows.length : at;
      let [from, to] = direction === 'forward' ? [place, place + count] : [place - count, place];
      while (from > 0 && rows[from]?.key[0] === rows[from - 1]?.key[0]) from--;
      while (to < rows.length && rows[to]?.key[0] === rows[to - 1]?.key[0]) to++;
      from = Math.max(0, from);
      const part = rows.slice(from, to);
      return { rows: part, atStart: from === 0, atEnd: to >= rows.length, position: 0, estimatedTotal: 1500 };
    },
  };
  const window = new KeyWindow(
    source,
    () => {},
    (error) => assert.fail(String(error)),
  );
  window.resize(20);
  await window.jump({ at: 'first' });
  const seen = new Set<string>();
  for (const by of [15, -15]) {
    for (let i = 0; i < 150; i++) {
      const from = Math.floor(window.top);
      for (const item of window.items.slice(from, from + 20)) seen.add(item.row.sequence);
      window.scrollBy(by);
      await wait(0);
    }
    assert.equal(seen.size, 1500, 'every version came into sight');
    seen.clear();
  }
});

test('a jump that is answered with a few rows is filled up on both sides', async () => {
  const query: KeysQuery = { versions: 'live' };
  const asked: string[] = [];
  const source: RowSource<KeyRow> = {
    page: async (anchor, direction, count) => {
      const isJump = direction === 'forward' && anchor.at === 'key' && anchor.after !== true;
      asked.push(isJump ? 'jump' : direction);
      const page = fakePage(query, anchor, direction, isJump ? 3 : count);
      return isJump ? { ...page, atStart: false } : page;
    },
  };
  const window = new KeyWindow<KeyRow>(
    source,
    () => {},
    (error) => assert.fail(String(error)),
  );
  window.resize(30.5);
  for (const at of [0, 40, 5_000_000, KEY_COUNT - 2]) {
    asked.length = 0;
    assert.ok(await window.jump({ at: 'key', key: keyAt(at) }));
    assert.deepEqual(window.landing?.row.key, keyAt(at));
    await wait(20);
    check(window, query);
    const held = window.find({ key: keyAt(at), sequence: '' });
    assert.ok(held >= Math.min(50, at - Math.floor(at / 10)), `${held} rows are held before`);
    const below = KEY_COUNT - at;
    assert.ok(window.items.length - held >= Math.min(80, below - 1), 'rows are held behind');
    assert.ok(asked.length <= 4, asked.join());
  }
  window.close();
});
