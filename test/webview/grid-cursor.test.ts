// The keyboard's way through a list that answers late.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyRow } from '../../webview/protocol/keys';
import { GridCursor } from '../../webview/ui/grid-cursor';
import { KeyWindow } from '../../webview/ui/key-window';
import type { RowPage, RowSource } from '../../webview/ui/rows';
import { fakePage, keyAt } from './fake-keys';

/** A source whose answers the test lets go, in any order. */
class HeldSource implements RowSource<KeyRow> {
  readonly waiting: (() => void)[] = [];

  page(...[anchor, direction, count]: Parameters<RowSource<KeyRow>['page']>): Promise<RowPage<KeyRow>> {
    return new Promise((resolve) => {
      this.waiting.push(() => resolve(fakePage({ versions: 'live' }, anchor, direction, count)));
    });
  }

  /** Answers everything that is asked, and what is asked because of it. */
  async answerAll(): Promise<void> {
    for (let quiet = 0; quiet < 20; quiet++) {
      for (const answer of this.waiting.splice(0)) {
        answer();
        quiet = 0;
      }
      await Promise.resolve();
    }
  }
}

function keyText(row: KeyRow | undefined): string {
  return new TextDecoder().decode(row?.key);
}

test('moves that wait for an answer end with a jump, and do not take those behind it along', async () => {
  const source = new HeldSource();
  const window = new KeyWindow<KeyRow>(
    source,
    () => {},
    (error) => assert.fail(String(error)),
  );
  window.resize(30);
  let selected: KeyRow | undefined;
  const cursor = new GridCursor(window, undefined, (row) => {
    selected = row;
  });
  const end = cursor.toEnd('last');
  await source.answerAll();
  await end;
  // Farther than what is held: waits for an answer, which is held back.
  const far = cursor.move(-600);
  await Promise.resolve();
  const held = source.waiting.splice(0);
  assert.ok(held.length > 0);
  const start = cursor.toEnd('first');
  await source.answerAll();
  await start;
  assert.equal(keyText(selected), keyText({ key: keyAt(0) } as KeyRow));
  const one = cursor.move(1);
  for (const answer of held) answer();
  await source.answerAll();
  await Promise.all([far, one]);
  assert.equal(keyText(selected), keyText({ key: keyAt(1) } as KeyRow));
});

test('a row that is chosen while a move waits stays chosen', async () => {
  const source = new HeldSource();
  const window = new KeyWindow<KeyRow>(
    source,
    () => {},
    (error) => assert.fail(String(error)),
  );
  window.resize(30);
  let selected: KeyRow | undefined;
  const cursor = new GridCursor(window, undefined, (row) => {
    selected = row;
  });
  const start = cursor.toEnd('first');
  await source.answerAll();
  await start;
  const far = cursor.move(500);
  cursor.select(window.items[7]?.row);
  await source.answerAll();
  await far;
  assert.equal(keyText(selected), keyText({ key: keyAt(7) } as KeyRow));
});
