// The Keys view in a real browser, over ten million keys that a fake host makes up.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { focused, launch, look, lookFor, type Seen } from './browser';
import type { FakeKeysHost } from './fake-keys-host';
import { type Harness, startHarness } from './harness';

const MOST_DRAWN = 120;
const MOST_HELD = 500;

let harness: Harness;
let browser: Browser;
let context: BrowserContext;
let page: Page;
const errors: string[] = [];

before(async () => {
  harness = await startHarness();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await harness?.close();
});

beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1200, height: 700 } });
  page = await context.newPage();
  page.on('pageerror', (error) => errors.push(String(error.stack)));
});

afterEach(async () => {
  const violations = page.url() === 'about:blank' ? [] : await page.evaluate(() => window.fake.violations);
  await context.close();
  assert.deepEqual(violations, [], 'the content security policy');
  assert.deepEqual(errors.splice(0), [], 'errors in the page');
});

async function open(query = ''): Promise<Seen> {
  await page.goto(`${harness.url}?${query}`);
  return lookFor(page, (seen) => seen.keys.length > 10 && seen.count !== '');
}

function assertBounded(seen: Seen): void {
  assert.ok(seen.drawn < MOST_DRAWN, `${seen.drawn} rows drawn`);
  assert.ok(seen.held <= MOST_HELD, `${seen.held} rows held`);
}

const grid = () => page.locator('lsm-grid [role=grid]');
const number = (key: string | undefined) => Number(/\d{8}/.exec(key ?? '')?.[0]);

async function type(id: string, text: string, enter = false): Promise<void> {
  await page.locator(`#${id} input`).fill(text);
  if (enter) await page.locator(`#${id} input`).press('Enter');
}

async function callsOf(method: string): Promise<unknown[][]> {
  return page.evaluate(
    (name) => window.fake.calls.filter((call) => call.method === name).map((call) => call.params),
    method,
  );
}

test('draws the first keys, with row numbers and what is known of the count', async () => {
  const seen = await open();
  assert.equal(seen.keys[0], 'user:00000000:profile');
  assert.equal(seen.rowIndexes[0], '2');
  assert.equal(seen.rowCount, '-1');
  assert.equal(seen.count, 'Up to about 10,000,000 keys');
  assertBounded(seen);
});

test('the wheel goes down and back up without holding what is behind', async () => {
  await open();
  await page.locator('lsm-grid .body').hover();
  for (let i = 0; i < 60; i++) {
    await page.mouse.wheel(0, 700);
    if (i % 20 === 0) assertBounded(await look(page));
  }
  const down = await lookFor(page, (seen) => number(seen.keys[0]) > 600);
  assertBounded(down);
  const numbers = down.keys.map(number);
  // No row is missing or doubled: only every tenth key, which is deleted, is left out.
  for (let i = 1; i < numbers.length; i++) {
    assert.equal(numbers[i], numbers[i - 1]! + (numbers[i - 1]! % 10 === 8 ? 2 : 1));
  }
  for (let i = 0; i < 400 && (await look(page)).keys[0] !== 'user:00000000:profile'; i++) {
    await page.mouse.wheel(0, -900);
  }
  const top = await lookFor(page, (seen) => seen.keys[0] === 'user:00000000:profile');
  assert.equal(top.rowIndexes[0], '2');
  assertBounded(top);
});

test('End, Home, PageUp, PageDown and arrows, from the keyboard alone', async () => {
  await open();
  await grid().focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  let seen = await lookFor(page, (s) => s.selected === 'user:00000001:session');
  assert.match(seen.activeDescendant ?? '', /^row-\d+$/);
  await page.keyboard.press('PageDown');
  seen = await lookFor(page, (s) => number(s.selected) > 25);
  await page.keyboard.press('PageUp');
  await lookFor(page, (s) => s.selected === 'user:00000001:session');
  await page.keyboard.press('End');
  seen = await lookFor(page, (s) => s.selected === 'user:09999998:avatar');
  assert.equal(seen.keys.at(-1), 'user:09999998:avatar');
  assertBounded(seen);
  for (let i = 0; i < 12; i++) await page.keyboard.press('PageUp');
  seen = await lookFor(page, (s) => number(s.selected) < 9_999_700);
  assert.ok(seen.keys.includes(seen.selected!));
  assertBounded(seen);
  await page.keyboard.press('Control+Home');
  seen = await lookFor(page, (s) => s.selected === 'user:00000000:profile');
  for (let i = 0; i < 400; i++) await page.keyboard.press('ArrowDown');
  seen = await lookFor(page, (s) => number(s.selected) === 444);
  assert.ok(seen.keys.includes(seen.selected!), 'the selection stays in sight');
  assertBounded(seen);
});

test('an element stays its row’s when rows come in before it', async () => {
  await open();
  await type('go', 'user:03000000:profile', true);
  await lookFor(page, (s) => s.selected === 'user:03000000:profile');
  // What is in sight at a time, by the rows' elements.
  await page.evaluate(() => {
    const root = document.querySelector('lsm-keys')!.shadowRoot!.querySelector('lsm-grid')!.shadowRoot!;
    const rows = [...root.querySelectorAll<HTMLElement>('.body .row')];
    Object.assign(window, { rows: rows.map((row) => ({ row, text: row.textContent })) });
  });
  const before = await look(page);
  await page.locator('lsm-grid .body').hover();
  await page.mouse.wheel(0, -100);
  await lookFor(page, (s) => s.keys[0] !== before.keys[0]);
  const [same, others] = await page.evaluate(() => {
    const { rows } = window as unknown as { rows: { row: HTMLElement; text: string | null }[] };
    const held = rows.filter(({ row }) => row.isConnected);
    const same = held.filter(({ row, text }) => row.textContent === text).length;
    return [same, held.length - same];
  });
  assert.equal(others, 0);
  assert.ok(same > 10, `${same}`);
});

test('dragging the scrollbar jumps by share, and the thumb pages', async () => {
  await open();
  const bar = (await page.locator('lsm-scrollbar').boundingBox())!;
  await page.mouse.move(bar.x + 7, bar.y + 8);
  await page.mouse.down();
  await page.mouse.move(bar.x + 7, bar.y + bar.height / 2, { steps: 10 });
  await page.mouse.up();
  let seen = await lookFor(page, (s) => number(s.keys[0]) > 4_000_000 && number(s.keys[0]) < 6_000_000);
  assertBounded(seen);
  await page.mouse.move(bar.x + 7, bar.y + bar.height / 2);
  await page.mouse.down();
  await page.mouse.move(bar.x + 7, bar.y + bar.height + 50, { steps: 10 });
  await page.mouse.up();
  seen = await lookFor(page, (s) => s.keys.at(-1) === 'user:09999998:avatar');
  assertBounded(seen);
  const before = number(seen.keys[0]);
  // The last jump of the drag may still be under way, and would take the list back.
  await page.waitForTimeout(200);
  await page.mouse.click(bar.x + 7, bar.y + 5);
  await lookFor(page, (s) => number(s.keys[0]) < before - 20);
});

test('goes to a key, to a beginning of one, and behind the last', async () => {
  await open();
  await type('go', 'user:04242424:counter', true);
  let seen = await lookFor(page, (s) => s.selected === 'user:04242425:blob' || s.message !== '');
  assert.equal(seen.message, 'No such key: this is the next.');
  await type('go', 'user:0777777', true);
  seen = await lookFor(page, (s) => s.selected === 'user:07777770:profile');
  assert.equal(seen.message, 'The first key that begins so.');
  assert.equal(await focused(page), 'grid');
  await type('go', 'zzz\\xff', true);
  seen = await lookFor(page, (s) => s.selected === 'user:09999998:avatar');
  assert.equal(seen.message, 'No key at or after this one: this is the last.');
  assert.equal(seen.keys.at(-1), seen.selected);
  await type('go', 'bad\\q', true);
  await page.getByRole('alert').filter({ hasText: 'A backslash is written' }).waitFor();
});

test('filters by prefix and range; a small list has exact numbers', async () => {
  await open();
  await type('prefix', 'user:0000012');
  let seen = await lookFor(page, (s) => s.count === '9 keys');
  assert.equal(seen.keys[0], 'user:00000120:profile');
  assert.equal(seen.rowCount, '10');
  await type('prefix', 'nobody');
  await page.getByText('No key is in the filter.').waitFor();
  await type('prefix', '');
  await page.locator('#range').click();
  await type('from', 'user:05000000');
  await type('to', 'user:06000000', true);
  seen = await lookFor(page, (s) => number(s.keys[0]) === 5_000_000);
  // The whole scrollbar is the range's.
  const bar = (await page.locator('lsm-scrollbar').boundingBox())!;
  await page.mouse.move(bar.x + 7, bar.y + 8);
  await page.mouse.down();
  await page.mouse.move(bar.x + 7, bar.y + bar.height / 2, { steps: 5 });
  await page.mouse.up();
  await lookFor(page, (s) => number(s.keys[0]) > 5_400_000 && number(s.keys[0]) < 5_600_000);
});

test('all versions: labelled in words, scrolled without a gap', async () => {
  await open();
  await page.locator('#versions').click();
  await page.getByText('shadowed value').first().waitFor();
  await page.getByRole('columnheader', { name: 'File' }).waitFor();
  await page.locator('lsm-grid .body').hover();
  for (let i = 0; i < 40; i++) await page.mouse.wheel(0, 900);
  const seen = await lookFor(page, (s) => number(s.keys[0]) > 300);
  assertBounded(seen);
  const versions = new Map<number, number>();
  for (const key of seen.keys.slice(4, -4)) versions.set(number(key), (versions.get(number(key)) ?? 0) + 1);
  for (const [key, count] of [...versions].slice(1, -1)) {
    assert.equal(count, 1 + (key % 10 === 9 ? 1 : 0) + (key % 3 === 0 ? 2 : 0), `versions of ${key}`);
  }
});

test('shows, copies and opens the selected value', async () => {
  await open();
  await page.locator('lsm-grid .body .row').first().click();
  const value = page.locator('lsm-value-pane pre');
  await page.locator('lsm-value-pane pre', { hasText: '"city": "Turin"' }).waitFor();
  await page.locator('#copy-key').click();
  await lookFor(page, (s) => s.message === 'Copied.');
  assert.deepEqual((await callsOf('copy'))[0], ['user:00000000:profile']);
  await page.locator('#value-decoder').click();
  await page.getByRole('option', { name: 'Hex' }).last().click();
  await page.locator('lsm-value-pane pre', { hasText: '00000000  7b 22 69 64' }).waitFor();
  assert.match((await value.textContent())!, / {2}\{"id":0,"name":"\n/);
  await page.locator('#open-value').click();
  const opened = await callsOf('openValue');
  assert.equal(opened[0]?.[2], 'hex');
});

test('the context menu of a row: what VS Code is told, and what is done with the choice', async () => {
  await open();
  const told = () =>
    page.evaluate(() =>
      JSON.parse(document.querySelector<HTMLElement>('lsm-keys')!.dataset.vscodeContext ?? 'null'),
    );
  await page.locator('lsm-grid .body .row').first().click({ button: 'right' });
  assert.equal((await look(page)).selected, 'user:00000000:profile');
  assert.deepEqual(await told(), {
    webviewSection: 'key',
    lsmResource: 'file:///fake',
    lsmHasValue: true,
    lsmMayDelete: true,
    preventDefaultContextMenuItems: true,
  });
  const choose = (action: string) =>
    page.evaluate((chosen) => window.fake.send('chosen', { action: chosen }), action);
  // Before the value is read: it is copied as soon as it is.
  await choose('copyValue');
  await lookFor(page, (s) => s.message === 'Copied.');
  assert.match(String((await callsOf('copy'))[0]), /"id": 0,/);
  await choose('copyKey');
  await page.waitForFunction(() => window.fake.calls.filter(({ method }) => method === 'copy').length === 2);
  assert.deepEqual((await callsOf('copy'))[1], ['user:00000000:profile']);
  await choose('biography');
  await choose('explain');
  await choose('delete');
  await page.waitForFunction(() => window.fake.calls.some(({ method }) => method === 'deleteKey'));
  assert.equal((await callsOf('biography')).length, 1);
  const [asked] = await callsOf('explain');
  assert.equal(Buffer.from(Object.values(asked[0] as object)).toString(), 'user:00000000:profile');
  // Of anything else the menu is the editor's.
  await page.locator('lsm-value-pane pre').click({ button: 'right' });
  assert.equal(await told(), null);
  // The keyboard asks for the selected row's.
  await grid().focus();
  await page.keyboard.press('Shift+F10');
  await page.waitForFunction(() => document.querySelector('lsm-keys')!.hasAttribute('data-vscode-context'));
  assert.equal((await told()).webviewSection, 'key');
});

test('the Delete key asks to delete the selected key, and nothing that no reader sees', async () => {
  await open();
  await page.locator('lsm-grid .body .row').nth(2).click();
  await grid().focus();
  await page.keyboard.press('Delete');
  await page.waitForFunction(() => window.fake.calls.some(({ method }) => method === 'deleteKey'));
  const [[key]] = (await callsOf('deleteKey')) as [[unknown]];
  assert.ok(key);
  await page.locator('#versions').click();
  await page.getByText('shadowed value').first().waitFor();
  await grid().focus();
  await page.keyboard.press('Home');
  await lookFor(page, (s) => s.selected === 'user:00000000:profile');
  await page.keyboard.press('ArrowDown');
  await page.locator('lsm-value-pane dd', { hasText: 'shadowed value' }).waitFor();
  await page.keyboard.press('Delete');
  // In a field it edits the text.
  await type('go', 'user');
  await page.locator('#go input').press('Delete');
  await page.locator('lsm-grid .sizer').first().press('Delete');
  assert.equal((await callsOf('deleteKey')).length, 1);
});

test('a reload comes back to the same place, filter and decoders', async () => {
  await open();
  await page.locator('#versions').click();
  await page.getByText('shadowed value').first().waitFor();
  await type('prefix', 'user:05');
  await lookFor(page, (s) => number(s.keys[0]) === 5_000_000);
  await type('go', 'user:05123456', true);
  await lookFor(page, (s) => number(s.selected) === 5_123_456);
  await page.locator('#value-decoder').click();
  await page.getByRole('option', { name: 'Hex' }).last().click();
  await page.reload();
  const seen = await lookFor(page, (s) => number(s.selected) === 5_123_456);
  assert.ok(seen.keys.includes(seen.selected!));
  assert.equal(await page.locator('#prefix input').inputValue(), 'user:05');
  await page.getByRole('columnheader', { name: 'Type' }).waitFor();
  assert.equal(await page.locator('#value-decoder').evaluate((d) => (d as HTMLInputElement).value), 'hex');
  await page.locator('lsm-value-pane pre', { hasText: '00000000  ' }).waitFor();
  const state = await page.evaluate(() => JSON.parse(sessionStorage.getItem('webview-state')!));
  assert.equal(state.database, 'file:///fake');
});

test('events: a key to reveal, and a database looked at again', async () => {
  await open();
  await page.evaluate(() =>
    window.fake.send('reveal', { key: new TextEncoder().encode('user:03000000:profile') }),
  );
  await lookFor(page, (s) => s.selected === 'user:03000000:profile');
  const before = (await callsOf('page')).length;
  await page.evaluate(() => window.fake.send('refreshed', {}));
  await page.waitForFunction((n) => window.fake.calls.filter((c) => c.method === 'page').length > n, before);
  const seen = await lookFor(page, (s) => s.selected === 'user:03000000:profile');
  assert.ok(seen.keys.includes('user:03000000:profile'));
});

test('an answer that comes too late is ignored', async () => {
  await open();
  await page.evaluate(() => {
    window.fake.delay = 400;
  });
  await type('prefix', 'user:01', true);
  await page.evaluate(() => {
    window.fake.delay = 5;
  });
  await type('prefix', 'user:02', true);
  await lookFor(page, (s) => number(s.keys[0]) === 2_000_000);
  await page.waitForTimeout(500);
  assert.equal(number((await look(page)).keys[0]), 2_000_000);
});

test('failures, problems and an empty database, in words', async () => {
  await page.goto(`${harness.url}?failure=worker%20died`);
  await page.getByText('The keys could not be read: worker died').waitFor();
  await page.evaluate(() => {
    (window.fake as FakeKeysHost).failure = '';
    (window.fake as FakeKeysHost).problems = ['000007.ldb @ 4096: block checksum mismatch'];
  });
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('block checksum mismatch').waitFor();
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await page.getByText('block checksum mismatch').waitFor({ state: 'detached' });
  await page.goto(`${harness.url}?empty`);
  await page.getByText('The database holds no keys.').waitFor();
});

test('a column is made wider by the keyboard, and stays so', async () => {
  await open();
  const sizer = page.getByRole('separator', { name: 'Resize Size' });
  const width = async () => Number(await sizer.getAttribute('aria-valuenow'));
  const before = await width();
  await sizer.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowLeft');
  assert.equal(await width(), before + 16);
  const header = page.locator('lsm-grid [role=columnheader]', { hasText: 'Size' });
  assert.equal(Math.round((await header.boundingBox())!.width), before + 16);
});
