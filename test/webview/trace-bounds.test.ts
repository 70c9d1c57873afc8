// A trace of a million events over a level of 5,000 tables: what is drawn and asked for does not grow with them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { LsmTrace } from '../../webview/trace/app';
import type { LsmLevelMap } from '../../webview/ui/level-map';
import { launch } from './browser';
import { LONG_TABLES } from './long-trace';
import { startTraceHarness, type TraceHarness } from './trace-harness';
import { chooseTab, elementsOf, goTo, openTrace, placeOf, settle } from './trace-page';

const EVENTS = 1_000_000;
/** Of the page with any tab, in all its shadow roots. */
const MAX_ELEMENTS = 2500;
/** Rectangles: a table takes two pixels or more, and those that share their pixels are drawn once. */
const MAX_DRAWN = 900;
/** Of a step: the frame, tables of two versions, and what the tab has to ask. */
const MAX_CALLS = 8;

let harness: TraceHarness;
let browser: Browser;
let page: Page;

before(async () => {
  harness = await startTraceHarness();
  browser = await launch();
  page = await openTrace(browser, harness, { trace: 'long' });
});

after(async () => {
  await browser?.close();
  await harness?.close();
});

function drawnTables(): Promise<{ tables: number; drawn: number }> {
  return page.evaluate(() => {
    const map = document
      .querySelector('lsm-trace')!
      .shadowRoot!.querySelector('lsm-level-map') as LsmLevelMap;
    return { tables: map.files!.levels.length, drawn: map.drawn };
  });
}

const callsOf = () => page.evaluate(() => window.fake.calls.splice(0).map(({ method }) => method));

for (const tab of ['Now', 'Events', 'Table']) {
  test(`elements and calls of a step are bounded: ${tab}`, async () => {
    await goTo(page, 500_000);
    await page.evaluate(() => {
      const app = document.querySelector('lsm-trace') as LsmTrace;
      app.saved = { ...app.saved, table: 11 };
    });
    await chooseTab(page, new RegExp(`^${tab}`));
    for (const start of [3, 499_990, EVENTS - 20]) {
      await goTo(page, start);
      await callsOf();
      for (let k = 1; k <= 12; k++) {
        await page.locator('lsm-timeline').press('ArrowRight');
        await settle(page);
        assert.equal(await placeOf(page), start + k);
        const calls = await callsOf();
        assert.ok(calls.length <= MAX_CALLS, calls.join());
        assert.equal(calls.filter((method) => method === 'frame').length, 1);
      }
      const { tables, drawn } = await drawnTables();
      assert.ok(tables >= LONG_TABLES && tables <= LONG_TABLES + 1, `${tables} tables`);
      assert.ok(drawn > 100 && drawn <= MAX_DRAWN, `${drawn} rectangles`);
      const elements = await elementsOf(page);
      assert.ok(elements <= MAX_ELEMENTS, `${elements} elements`);
    }
  });
}

test('all of it is played in steps of thousands of events, with one frame asked for at a time', async () => {
  await chooseTab(page, 'Now');
  await goTo(page, 900_000);
  await page.locator('#speed').selectOption('25000');
  await callsOf();
  await page.locator('lsm-timeline').press(' ');
  await page.waitForFunction(
    (events) => (document.querySelector('lsm-trace') as LsmTrace).player.frame!.at === events,
    EVENTS,
    { timeout: 120_000 },
  );
  await settle(page);
  const calls = await callsOf();
  const frames = calls.filter((method) => method === 'frame').length;
  assert.ok(frames > 1 && frames < 1000, `${frames} frames`);
  assert.ok(calls.length <= 3 * frames + 10, `${calls.length} calls`);
});

test('landmarks on the line are thinned out, and the next one is exact all the same', async () => {
  const { session } = harness.panel;
  const marks = await page.evaluate(() => (document.querySelector('lsm-trace') as LsmTrace).landmarks.length);
  assert.ok(marks > 500 && marks <= 1000, `${marks} marks`);
  await goTo(page, 700_000);
  await page.locator('lsm-timeline').press('PageDown');
  await settle(page);
  const next = (['decision', 'compaction'] as const).map(
    (kind) => session.nextOf(kind, 699_999, 'forward')!.index,
  );
  assert.equal(await placeOf(page), Math.min(...next) + 1);
  assert.deepEqual(await page.evaluate(() => window.fake.violations), []);
});
