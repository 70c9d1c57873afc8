// The trace page in a real browser, over real traces: played, stepped, scrubbed, searched.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { LsmTrace } from '../../webview/trace/app';
import type { LsmLevelMap } from '../../webview/ui/level-map';
import { entriesOf } from '../engine/replay-harness';
import { sharedFixtures } from '../helpers/fixtures';
import { launch } from './browser';
import { startTraceHarness, type TraceHarness } from './trace-harness';
import { chooseTab, goTo, openTrace, placeOf, saidBy, settle } from './trace-page';

let harness: TraceHarness;
let browser: Browser;

before(async () => {
  harness = await startTraceHarness();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await harness?.close();
});

function eventsOf(type: Parameters<TraceHarness['panel']['session']['events']>[2]): number[] {
  return harness.panel.session.events(0, 1000, type).rows.map(({ index }) => index);
}

/** Presses a key where it means the trace's. */
async function press(page: Page, key: string, times = 1): Promise<void> {
  await page.locator('lsm-timeline').focus();
  for (let i = 0; i < times; i++) await page.keyboard.press(key);
  await settle(page);
}

async function sound(page: Page): Promise<void> {
  assert.deepEqual(await page.evaluate(() => window.fake.violations), []);
  await page.close();
}

test('each kind of trace is shown, from its beginning to its end', async () => {
  for (const trace of ['compaction', 'entries', 'auto', 'recovery', 'damaged', 'broken', 'file'] as const) {
    const page = await openTrace(browser, harness, { trace });
    assert.equal(await placeOf(page), 0);
    const { session } = harness.panel;
    const { events, error } = session.summary();
    await press(page, 'End');
    assert.equal(await placeOf(page), events, trace);
    assert.equal(await page.locator('#error').count(), error ? 1 : 0, trace);
    if (error) assert.ok((await page.locator('#error').innerText()).includes(error.message));
    // What is drawn is what stands in the version.
    const { numbers } = session.tables(session.frame(events).versionId);
    const drawn = await page.evaluate(() => {
      const map = document
        .querySelector('lsm-trace')!
        .shadowRoot!.querySelector('lsm-level-map') as LsmLevelMap;
      return map.files!.levels.length;
    });
    assert.equal(drawn, numbers.length, trace);
    assert.equal(await page.locator('#apply').count(), trace === 'file' || trace === 'broken' ? 0 : 1, trace);
    await sound(page);
  }
});

test('any number of steps forward and back give the same page', async () => {
  const page = await openTrace(browser, harness);
  const [pick] = eventsOf({ types: ['pick'] });
  const [version] = eventsOf({ types: ['version'] });
  assert.ok(version! < pick!);
  for (const start of [0, version! - 3, pick! - 5]) {
    await goTo(page, start);
    const seen = [await saidBy(page)];
    for (let k = 0; k < 12; k++) {
      await press(page, 'ArrowRight');
      assert.equal(await placeOf(page), start + k + 1);
      seen.push(await saidBy(page));
    }
    assert.ok(new Set(seen.map(({ text }) => text)).size > 6, 'the page follows the events');
    for (let k = 11; k >= 0; k--) {
      await press(page, 'ArrowLeft');
      assert.equal(await placeOf(page), start + k);
      assert.deepEqual(await saidBy(page), seen[k]);
    }
  }
  // All of them at once, too.
  await goTo(page, pick!);
  const before = await saidBy(page);
  await press(page, 'ArrowRight', 40);
  assert.equal(await placeOf(page), pick! + 40);
  await press(page, 'ArrowLeft', 40);
  assert.deepEqual(await saidBy(page), before);
  await sound(page);
});

test('it plays, pauses where it is, and goes on at another speed to its end', async () => {
  const page = await openTrace(browser, harness);
  const { events } = harness.panel.session.summary();
  await page.locator('#speed').selectOption('20');
  await page.locator('lsm-timeline').press(' ');
  await page.waitForFunction(() => (document.querySelector('lsm-trace') as LsmTrace).player.frame!.at > 5);
  await page.getByRole('button', { name: 'Pause (Space)' }).click();
  await settle(page);
  const at = await placeOf(page);
  assert.ok(at > 5 && at < events);
  await page.getByRole('button', { name: 'Play (Space)' }).waitFor();
  assert.equal(await placeOf(page), at);
  await page.locator('#speed').selectOption('25000');
  await page.getByRole('button', { name: 'Play (Space)' }).click();
  await page.waitForFunction(
    (last) => (document.querySelector('lsm-trace') as LsmTrace).player.frame!.at === last,
    events,
  );
  await page.getByRole('button', { name: 'Play (Space)' }).waitFor();
  const most = harness.panel.asked.filter((name) => name === 'frame').length;
  assert.ok(most < 300, `${most} frames`);
  await sound(page);
});

test('the line is scrubbed with keys and the pointer, and says where one is', async () => {
  const page = await openTrace(browser, harness);
  const { session } = harness.panel;
  const { events } = session.summary();
  const line = page.locator('lsm-timeline');
  assert.equal(await line.getAttribute('role'), 'slider');
  assert.equal(await line.getAttribute('aria-valuemax'), String(events));
  await press(page, 'End');
  assert.equal(await line.getAttribute('aria-valuenow'), String(events));
  await press(page, 'ArrowLeft');
  const { event } = session.frame(events - 1);
  const text = await line.getAttribute('aria-valuetext');
  assert.ok(text!.includes(event!.text), `${text}`);
  await press(page, 'Home');
  assert.equal(await placeOf(page), 0);
  const box = (await line.boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + 10);
  await page.mouse.down();
  await settle(page);
  assert.ok(Math.abs((await placeOf(page)) - events / 2) < events / 100);
  await page.mouse.move(box.x + box.width - 6, box.y + 10, { steps: 8 });
  await page.mouse.up();
  await settle(page);
  assert.equal(await placeOf(page), events);
  await page.locator('#at').fill('123');
  await page.keyboard.press('Enter');
  await settle(page);
  assert.equal(await placeOf(page), 123);
  await sound(page);
});

test('landmarks are jumped to by the kinds that are chosen', async () => {
  const page = await openTrace(browser, harness);
  const kinds = await page.locator('button.kind').allInnerTexts();
  assert.ok(kinds.includes('Decisions') && !kinds.includes('Errors'), kinds.join());
  for (const kind of ['flush', 'compaction', 'log']) await page.locator(`[data-kind=${kind}]`).click();
  await settle(page);
  const picks = eventsOf({ types: ['pick'] });
  assert.ok(picks.length > 1);
  for (const pick of picks) {
    await press(page, 'PageDown');
    assert.equal(await placeOf(page), pick + 1);
  }
  await press(page, 'PageDown');
  assert.equal(await placeOf(page), harness.panel.session.summary().events);
  for (const pick of [...picks].reverse()) {
    await press(page, 'PageUp');
    assert.equal(await placeOf(page), pick + 1);
  }
  await page.locator('[data-kind=output]').click();
  await settle(page);
  await press(page, 'PageDown');
  const outputs = eventsOf({ types: ['output-begin'] });
  assert.equal(await placeOf(page), outputs.find((index) => index > picks[0]!)! + 1);
  await sound(page);
});

test('events are listed, filtered, searched both ways, and gone to', async () => {
  const page = await openTrace(browser, harness);
  const { session } = harness.panel;
  await chooseTab(page, 'Events');
  const grid = page.locator('lsm-event-list lsm-grid [role=grid]');
  const { events } = session.summary();
  assert.equal(await grid.getAttribute('aria-rowcount'), String(events + 1));
  const picks = eventsOf({ types: ['pick'] });
  await page.locator('#search').fill('PICK BY');
  for (const pick of picks) {
    await page.locator('#search').press('Enter');
    await settle(page);
    assert.equal(await placeOf(page), pick + 1);
  }
  await page.locator('#search').press('Enter');
  await page.getByText('Nothing more below.').waitFor();
  await page.locator('#search').press('Shift+Enter');
  await settle(page);
  assert.equal(await placeOf(page), picks.at(-2)! + 1);
  // The list has followed, and the fields are those of the event.
  const selected = page.locator('lsm-event-list [aria-selected=true]');
  assert.match(await selected.innerText(), /pick by/);
  assert.equal(await selected.getAttribute('aria-rowindex'), String(picks.at(-2)! + 2));
  const fields = JSON.parse(await page.locator('#json').innerText());
  assert.deepEqual(fields, JSON.parse(session.eventJson(picks.at(-2)!)));

  const index = picks.at(-2)! + 1;
  const row = page.locator(`lsm-event-list .body [aria-rowindex="${index + 2}"]`);
  await row.click();
  await settle(page);
  assert.equal(await placeOf(page), index + 1);
  await grid.focus();
  await page.keyboard.press('ArrowDown');
  await settle(page);
  assert.equal(await placeOf(page), index + 2);

  await page.locator('#type').selectOption('pick');
  await settle(page);
  assert.equal(await grid.getAttribute('aria-rowcount'), String(picks.length + 1));
  await page.locator('lsm-event-list .body .row').nth(1).click();
  await settle(page);
  assert.equal(await placeOf(page), picks[1]! + 1);
  // Between two of them the one before is selected, and that takes one nowhere.
  await press(page, 'ArrowRight');
  assert.equal(await placeOf(page), picks[1]! + 2);
  assert.equal(await selected.getAttribute('aria-rowindex'), '3');
  assert.ok((await page.locator('lsm-event-list .body .row').count()) <= picks.length);
  await sound(page);
});

test('a table’s numbers are those of its file, and its entries are counted block by block', async () => {
  const page = await openTrace(browser, harness);
  const directory = join(sharedFixtures, 's-over');
  const counted = entriesOf(directory);
  const { session } = harness.panel;
  const [pick] = eventsOf({ types: ['pick'] });
  const [first] = session.frame(pick! + 1).compaction!.inputs.rows;
  const number = [5, 311, 319].find((each) => counted.has(each) && each !== Number(first!.number))!;
  await goTo(page, pick! + 1);
  // The picture is walked with keys until the table is there.
  await page.locator('lsm-level-map').focus();
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press('ArrowRight');
    const text = await page.locator('lsm-level-map').getAttribute('aria-valuetext');
    if (text!.startsWith(`table ${number},`)) break;
  }
  await settle(page);
  const details = page.locator('lsm-trace-table .details');
  assert.match(await details.innerText(), new RegExp(`Table ${number}\\b`));
  const { size } = statSync(join(directory, `${String(number).padStart(6, '0')}.ldb`));
  assert.ok((await details.innerText()).includes(`(${size.toLocaleString('en')} bytes)`));
  const allowed = Math.max(100, Math.floor(size / 16_384));
  assert.ok((await details.innerText()).includes(`${allowed} of ${allowed} left`));

  await press(page, 'End');
  const blocks = await page.evaluate(
    (table) =>
      window.fake.calls.filter(({ method, params }) => method === 'blocks' && params[0] === table).length,
    number,
  );
  assert.ok(blocks > 0);
  const { rows } = session.blocks(number, 'input', session.summary().events, 0, 1000);
  const cells = page.locator('lsm-trace-table #blocks .body .row');
  await cells.first().waitFor();
  const shown = await cells.evaluateAll((all) => all.map((row) => row.children[2]!.textContent!.trim()));
  assert.deepEqual(
    shown,
    rows.slice(0, shown.length).map(({ entries }) => String(entries)),
  );
  assert.equal(await page.locator('#blocks-told').innerText(), `${rows.length} blocks up to here`);
  const total = rows.reduce((sum, { entries }) => sum + entries!, 0);
  assert.equal(total, counted.get(number)!.length);
  assert.match(await details.innerText(), /not in this version/);
  await details
    .getByText(/^event /)
    .first()
    .click();
  await settle(page);
  assert.notEqual(await placeOf(page), session.summary().events);
  await page.locator('#named').click();
  await settle(page);
  const grid = page.locator('lsm-event-list [role=grid]');
  assert.equal(
    await grid.getAttribute('aria-rowcount'),
    String(session.events(0, 0, { table: number }).total + 1),
  );
  await page.locator('#all-tables').click();
  await settle(page);
  assert.equal(await grid.getAttribute('aria-rowcount'), String(session.summary().events + 1));
  await sound(page);
});

test('entries are recorded when they are asked for, and each says what became of it', async () => {
  const page = await openTrace(browser, harness);
  await goTo(page, harness.panel.session.summary().events);
  await page.evaluate(() => {
    const app = document.querySelector('lsm-trace') as LsmTrace;
    app.saved = { ...app.saved, table: 311, tab: 'table' };
  });
  await settle(page);
  assert.equal(await page.locator('lsm-trace-table #entries').count(), 0);
  await page.locator('#record-entries').click();
  await page.locator('lsm-trace-table #entries .body .row').first().waitFor();
  await settle(page);
  const { session } = harness.panel;
  const { events, grain } = session.summary();
  assert.equal(grain, 'entries');
  assert.equal(await placeOf(page), events);
  const grid = page.locator('lsm-trace-table #entries [role=grid]');
  const counted = entriesOf(join(sharedFixtures, 's-over')).get(311)!;
  assert.equal(await grid.getAttribute('aria-rowcount'), String(counted.length + 1));
  const fates = await page
    .locator('lsm-trace-table #entries .body .row')
    .evaluateAll((all) => all.map((row) => row.children[4]!.textContent!.trim()));
  assert.ok(
    fates.every((fate) => /^(kept|dropped): /.test(fate)),
    fates.join(),
  );
  await page.locator('lsm-trace-table #blocks .body .row').nth(1).click();
  await settle(page);
  const { rows } = session.blocks(311, 'input', events, 1, 2);
  assert.equal(await grid.getAttribute('aria-rowcount'), String(rows[0]!.entries! + 1));
  await sound(page);
});

test('the page comes back to where it was', async () => {
  const page = await openTrace(browser, harness);
  await goTo(page, 321);
  await page.locator('#speed').selectOption('500');
  await page.locator('[data-kind=edit]').click();
  await chooseTab(page, 'Events');
  await page.reload();
  await page.locator('lsm-level-map').waitFor();
  await settle(page);
  assert.equal(await placeOf(page), 321);
  assert.equal(await page.locator('#speed').inputValue(), '500');
  assert.equal(await page.locator('[data-kind=edit]').getAttribute('aria-pressed'), 'true');
  assert.equal(await page.locator('lsm-event-list').count(), 1);
  await sound(page);
});

test('it is applied and restored, and where it may not be, that is said', async () => {
  const page = await openTrace(browser, harness);
  await page.locator('#apply').click();
  await page.getByText('The backup is in').waitFor();
  assert.equal(await page.locator('#apply').count(), 0);
  await page.locator('#reveal').click();
  await settle(page);
  await page.locator('#restore').click();
  await page.locator('#apply').waitFor();
  await page.locator('#save').click();
  await page.locator('#export').click();
  await page.locator('#discard').click();
  await settle(page);
  for (const call of ['apply', 'restore', 'revealBackup', 'save', 'exportText', 'discard']) {
    assert.ok(harness.panel.asked.includes(call), call);
  }
  await sound(page);

  const restricted = await openTrace(browser, harness, { more: '&restricted' });
  assert.equal(await restricted.locator('#apply').count(), 0);
  await restricted.getByText('In Restricted Mode it cannot be applied').waitFor();
  await sound(restricted);

  const failed = await openTrace(browser, harness, { more: '&phase=failed' });
  await failed.getByText('the lock is held by process 4711').waitFor();
  await sound(failed);
});

test('a recording tells how far it is, and can be cancelled', async () => {
  const page = await browser.newPage();
  await page.goto(`${harness.url}?phase=recording`);
  await page.getByText('level 0: 30 %').waitFor();
  await page.evaluate(() => window.fake.send('progress', { detail: 'level 1', done: 80, total: 100 }));
  await page.getByText('level 1: 80 %').waitFor();
  await page.getByText('Cancel').click();
  await page.waitForFunction(() => window.fake.calls.some(({ method }) => method === 'discard'));
  assert.equal(await page.locator('lsm-timeline').count(), 0);
  await sound(page);
});

test('recoveries are compared when it is asked for, and where it fails the bytes can be gone to', async () => {
  const page = await openTrace(browser, harness, { trace: 'damaged' });
  await chooseTab(page, 'Lenient and Paranoid');
  assert.ok(!harness.panel.asked.includes('compare'));
  await page.locator('#compare').click();
  await page.getByText('Compare Again').waitFor();
  await sound(page);

  const broken = await openTrace(browser, harness, { trace: 'broken' });
  await press(broken, 'End');
  await broken.locator('#error vscode-link').click();
  await settle(broken);
  const { file, offset } = harness.panel.session.summary().error!;
  assert.deepEqual(harness.panel.opened, [{ name: file, offset: Number(offset) }]);
  await sound(broken);
});
