// The playground's page in a real browser, over a real playground: run, paused, stepped, looked back on, its power cut.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { EventType } from '../../src/worker/trace-api';
import type { LsmPlayground } from '../../webview/playground/app';
import type { LsmLevelMap } from '../../webview/ui/level-map';
import { byteSize } from '../../webview/ui/text';
import { launch } from './browser';
import { type PlaygroundHarness, startPlaygroundHarness } from './playground-harness';
import {
  act,
  chooseTab,
  close,
  headlines,
  numberOf,
  openPlayground,
  pause,
  press,
  settle,
  stateOf,
  told,
  until,
} from './playground-page';
import { THEMES, type ThemeName } from './themes';
import { axe, elementsOf } from './trace-page';

/** Kept to be looked at. */
const SCREENSHOTS = 'dist/screenshots';
/** Of the page with any tab, in all its shadow roots, however long it ran: as of a trace's page, whose lists these are. */
const MAX_ELEMENTS = 2500;

let harness: PlaygroundHarness;
let browser: Browser;

before(async () => {
  harness = await startPlaygroundHarness();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await harness?.close();
});

const grouped = (value: number) => value.toLocaleString('en');

function eventsOf(...types: EventType[]): Record<string, unknown>[] {
  const { session } = harness.panel;
  const { events } = session.state().history;
  return session
    .events(0, events, { types })
    .rows.map(({ index }) => JSON.parse(session.eventJson(index)) as Record<string, unknown>);
}

function drawn(page: Page): Promise<number> {
  return page.evaluate(() => {
    const root = document.querySelector('lsm-playground')!.shadowRoot!;
    return (root.querySelector('lsm-level-map') as LsmLevelMap).files!.levels.length;
  });
}

const placeOf = (page: Page) =>
  page.evaluate(() => (document.querySelector('lsm-playground') as LsmPlayground).player.frame!.at);

test('it runs, names what it does, pauses; and its numbers are those of an independent count', async () => {
  const page = await openPlayground(browser, harness);
  const begin = performance.now();
  harness.panel.asked.length = 0;
  await press(page, 'run');
  await page.waitForFunction(
    () => {
      const { headlines } = window as unknown as { headlines: string[] };
      return ['minor: Minor compaction:', 'size: Size compaction of level 0: score 1'].every((text) =>
        headlines.some((headline) => headline.startsWith(text)),
      );
    },
    undefined,
    { timeout: 60_000 },
  );
  await pause(page);
  // Not asked more often than ten times a second.
  const asked = harness.panel.asked.filter(({ method }) => method === 'state').length;
  assert.ok(asked > 3 && asked <= (performance.now() - begin) / 100 + 1, `${asked}`);
  // Named to those who listen, too; not each tick.
  const spoken = await told(page, /^(Minor|Size) compaction/);
  assert.ok(spoken.length <= (performance.now() - begin) / 1500 + 1, spoken.join('\n'));

  const { session } = harness.panel;
  const files = session.files();
  const bytes = (of: RegExp) =>
    files.filter(({ name }) => of.test(name)).reduce((sum, { contents }) => sum + contents.length, 0);
  const state = session.state();
  const { put, overwrite, delete: deletes } = state.counts.operations;
  const writes = Number(state.lastSequence);
  assert.equal(put + overwrite + deletes, writes);
  assert.equal(await numberOf(page, 'acknowledged'), grouped(writes));
  assert.equal(await numberOf(page, 'disk'), byteSize(bytes(/./)));
  assert.equal(await numberOf(page, 'tables'), byteSize(bytes(/\.ldb$/)));
  assert.equal(await numberOf(page, 'logs'), byteSize(bytes(/\.log$/)));
  assert.equal(await numberOf(page, 'work-minor'), grouped(eventsOf('flush-end').length));
  const ended = eventsOf('compaction-end').length + eventsOf('move').length;
  const shown = await Promise.all(['size', 'seek', 'manual'].map((rule) => numberOf(page, `work-${rule}`)));
  assert.equal(
    shown.reduce((sum, text) => sum + Number(text), 0),
    ended,
  );
  const charges = eventsOf('seek-charge').filter(({ by }) => by === 'get').length;
  assert.equal(await numberOf(page, 'seekCharges'), grouped(charges));
  assert.equal(await page.locator('[data-name=wrong]').count(), 0);
  // It is paused: nothing is asked, nothing goes on.
  assert.equal(session.state().clock, state.clock);
  assert.deepEqual(await close(page), []);
});

test('operations and the background are stepped; the history is gone through while it is paused', async () => {
  const page = await openPlayground(browser, harness);
  const { session } = harness.panel;
  await page.locator('#operations').selectOption('1000');
  await act(page, 'step');
  assert.equal(await numberOf(page, 'operations'), '1,000');
  await page.locator('#operations').selectOption('1');
  await act(page, 'step');
  assert.equal(await numberOf(page, 'operations'), '1,001');
  await act(page, 'flush');
  assert.match(await page.locator('#headline').innerText(), /flush/i);
  const { events } = session.state().history;
  for (let i = 0; i < 20 && !(await stateOf(page)).underWay; i++) await act(page, 'step-background');
  assert.ok(session.state().history.events > events);
  assert.match((await headlines(page)).at(-1)!, /^minor: Minor compaction/);

  const end = session.state().history.events;
  assert.equal(await placeOf(page), end);
  await page.locator('lsm-timeline').focus();
  for (let back = 1; back <= 5; back++) {
    await page.keyboard.press('ArrowLeft');
    await settle(page);
    assert.equal(await placeOf(page), end - back);
    const { versionId } = session.frame(end - back);
    const { numbers } = session.tables(versionId);
    const { flush } = session.frame(end - back);
    // A table that is written is drawn before it is one.
    const growing = flush && !numbers.includes(Number(flush.table)) ? 1 : 0;
    assert.ok((await drawn(page)) - numbers.length <= growing && (await drawn(page)) >= numbers.length);
  }
  await page.keyboard.press('Home');
  await settle(page);
  assert.equal(await placeOf(page), 0);
  await page.keyboard.press('End');
  await settle(page);
  assert.equal(await placeOf(page), end);
  await page.keyboard.press('ArrowLeft');
  await settle(page);
  // Whoever goes on is at the end again.
  await act(page, 'step');
  assert.equal(await placeOf(page), session.state().history.events);
  // The space bar runs and pauses, where it means nothing else.
  await page.locator('h1').click();
  await page.keyboard.press(' ');
  await until(page, ({ isRunning }) => isRunning);
  await page.keyboard.press(' ');
  await until(page, ({ isRunning }) => !isRunning);
  await settle(page);
  assert.equal(await placeOf(page), session.state().history.events);
  assert.deepEqual(await close(page), []);
});

test('a stall is shown while it lasts, and told', async () => {
  const page = await openPlayground(browser, harness, { lesson: 'minor-compaction' });
  assert.equal(await page.locator('#stall').count(), 0);
  for (const step of ['fill', 'stall']) {
    await page.locator(`li.current[data-step=${step}] button`).click();
    await page.locator(`li.done[data-step=${step}]`).waitFor({ timeout: 60_000 });
    await settle(page);
  }
  assert.match(
    await page.locator('#stall').innerText(),
    /^Stall: writes wait until the full memtable is flushed/,
  );
  assert.equal(await page.locator('.memtables progress').count(), 2);
  await chooseTab(page, 'Numbers');
  assert.equal(await numberOf(page, 'stall-memtable-full'), '1');
  await chooseTab(page, 'Lesson');
  await page.locator('li.current[data-step=begin] button').click();
  await page.locator('li.done[data-step=begin]').waitFor();
  await page.locator('li.current[data-step=finish] button').click();
  await page.locator('li.done[data-step=finish]').waitFor({ timeout: 60_000 });
  await settle(page);
  assert.equal(await page.locator('#stall').count(), 0);
  assert.deepEqual(await close(page), []);
});

test('the plug is pulled, recovery is stepped through, and what is lost is told', async () => {
  const page = await openPlayground(browser, harness);
  const { session } = harness.panel;
  await page.locator('#operations').selectOption('100');
  for (let i = 0; i < 3; i++) await act(page, 'step');
  const before = session.state().durability;
  assert.ok(before.acknowledged > before.durable);
  await act(page, 'plug');
  assert.equal(await page.locator('#headline').innerText(), 'The plug is pulled');
  assert.equal(await page.locator('#run').isDisabled(), true);
  await act(page, 'recover');
  assert.match(await page.locator('#headline').innerText(), /^Recovery/);
  await act(page, 'step-background');
  await press(page, 'run');
  await until(page, ({ phase }) => phase === 'open');
  await pause(page);
  const recovery = session.state().recovery!;
  const lost = before.acknowledged - before.durable;
  assert.deepEqual([recovery.lost, recovery.lostPromised], [lost, 0]);
  const note = page.locator('#recovery');
  assert.equal(
    await note.locator('summary').innerText(),
    `Recovered: ${grouped(lost)} of ${grouped(before.acknowledged)} acknowledged writes are lost. Nothing had been promised: no write was made with sync.`,
  );
  await note.locator('summary').click();
  const listed = await note.locator('li').allInnerTexts();
  assert.equal(listed.length, Math.min(20, lost));
  assert.match(listed[0]!, new RegExp(`^write ${before.durable + 1}: .*, without sync$`));
  await told(page, /^Recovered:/);
  assert.deepEqual(await close(page), []);
});

test('another workload goes on, other options open anew; what is wrong is told at its field', async () => {
  const page = await openPlayground(browser, harness);
  const { session } = harness.panel;
  await page.locator('#operations').selectOption('100');
  await act(page, 'step');
  await chooseTab(page, 'Workload');
  const form = page.locator('lsm-config-form');
  await form.locator('lsm-field[data-name=put] input').fill('much');
  await form.locator('#apply').click();
  assert.equal(await form.getByRole('alert').innerText(), 'A number from 0 to 1000000.');
  await form.locator('#reset').click();
  await form.locator('#preset').selectOption({ label: 'Load in order' });
  await form.locator('#apply').click();
  await settle(page);
  const { config, counts } = session.state();
  assert.deepEqual(
    [config.workload.order.kind, config.workload.mix.put, config.workload.mix.get],
    ['sequential', 1, 0],
  );
  assert.equal(counts.operations.put > 0, true);
  const clock = session.state().clock;
  assert.ok(clock > 0);
  // The worker's own refusals.
  await form.locator('lsm-field[data-name=valueMin] input').fill('500');
  await form.locator('#apply').click();
  assert.match(await form.getByRole('alert').innerText(), /workload\.valueBytes\.max/);
  await form.locator('#reset').click();
  await page.locator('#rate input').fill('777');
  await page.locator('#rate input').press('Enter');
  await settle(page);
  assert.equal(session.state().config.workload.operationsPerSecond, 777);

  await chooseTab(page, 'Options');
  await form.locator('lsm-field[data-name=maxWriteBufferNumber] input').fill('5');
  await form.locator('lsm-field[data-name=writeBufferSize] input').fill('128');
  await form.locator('#apply').click();
  await until(page, ({ config: { database } }) => database.maxWriteBufferNumber === 5);
  await settle(page);
  const anew = session.state();
  assert.deepEqual([anew.clock, anew.config.database.writeBufferSize], [0, 128 << 10]);
  assert.equal(anew.config.workload.operationsPerSecond, 777);
  assert.deepEqual(await close(page), []);
});

test('a lesson is gone through by its buttons, and leads to the next', async () => {
  const page = await openPlayground(browser, harness, { lesson: 'recovery' });
  const steps = (await stateOf(page)).lesson!.steps.map(({ id }) => id);
  for (const id of steps) {
    for (let i = 0; i < 50 && (await page.locator(`li.done[data-step=${id}]`).count()) === 0; i++) {
      await page.locator('#lesson-step').click();
      await until(page, ({ isRunning }) => !isRunning);
      await settle(page);
    }
    assert.equal(await page.locator(`li.done[data-step=${id}]`).count(), 1, id);
  }
  assert.equal(await page.locator('#lesson-done').count(), 1);
  await act(page, 'next-lesson');
  await until(page, ({ lesson }) => lesson?.id === 'deletes-take-space');
  await page.locator('#lesson').selectOption('');
  await until(page, ({ lesson }) => !lesson);
  assert.deepEqual(await close(page), []);
});

test('a second click on a lesson’s button, while the first one’s step is taken, is not for the next step', async () => {
  const page = await openPlayground(browser, harness, { lesson: 'recovery' });
  const first = (await stateOf(page)).lesson!;
  harness.panel.asked.length = 0;
  const whileTaken = await page.evaluate(async () => {
    const app = document.querySelector('lsm-playground') as LsmPlayground;
    const button = () => app.shadowRoot!.querySelector<HTMLElement>('#lesson-step')!;
    button().click();
    button().click();
    // No answer can come before the page is drawn.
    await app.updateComplete;
    button().click();
    return button().ariaDisabled;
  });
  assert.equal(whileTaken, 'true');
  await settle(page);
  const asked = harness.panel.asked.map(({ method }) => method);
  assert.deepEqual(
    asked.filter((method) => method === 'step' || method === 'pullPlug'),
    ['step'],
  );
  const { lesson } = await stateOf(page);
  assert.equal(lesson!.current, first.current + 1);
  assert.equal(await page.locator('#lesson-step').getAttribute('aria-disabled'), 'false');
  assert.deepEqual(await close(page), []);
});

test('a playground whose worker died says so, and begins anew', async () => {
  const page = await openPlayground(browser, harness);
  await page.locator('#operations').selectOption('100');
  await act(page, 'step');
  harness.panel.crash();
  await page.evaluate(() => window.fake.send('changed', {}));
  await page.locator('#gone').waitFor();
  assert.match(await page.locator('#gone').innerText(), /the worker ended with status 1/);
  await act(page, 'restart');
  assert.equal(await numberOf(page, 'operations'), '0');
  await act(page, 'step');
  assert.equal(await numberOf(page, 'operations'), '100');
  assert.deepEqual(await close(page), []);
});

test('nothing is asked while nobody sees it; elements are bounded, however long it runs', async () => {
  const page = await openPlayground(browser, harness);
  const { panel } = harness;
  await page.locator('#rate input').fill('20000');
  await page.locator('#rate input').press('Enter');
  await page.locator('#background input').fill('8192');
  await page.locator('#background input').press('Enter');
  await press(page, 'run');
  await until(page, ({ work }) => work.minor + work.size > 40);
  for (const tab of ['Numbers', 'Details', 'Events', 'Workload', 'Options']) {
    await chooseTab(page, tab);
    const elements = await elementsOf(page);
    assert.ok(elements > 100 && elements <= MAX_ELEMENTS, `${tab}: ${elements} elements`);
  }
  const see = (visibility: string) =>
    page.evaluate((to) => {
      Object.defineProperty(document, 'visibilityState', { value: to, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, visibility);
  await see('hidden');
  // What is under way ends.
  await page.waitForTimeout(400);
  const asked = panel.asked.length;
  await page.waitForTimeout(500);
  assert.equal(panel.asked.length, asked);
  await see('visible');
  for (let i = 0; i < 200 && panel.asked.length === asked; i++) await page.waitForTimeout(50);
  assert.ok(panel.asked.length > asked);
  await pause(page);
  await chooseTab(page, 'Events');
  await settle(page);
  const elements = await elementsOf(page);
  assert.ok(elements > 100 && elements <= MAX_ELEMENTS, `${elements} elements`);
  assert.equal(panel.session.state().counts.wrong, 0);
  assert.deepEqual(await close(page), []);
});

for (const theme of Object.keys(THEMES) as ThemeName[]) {
  for (const width of [1200, 620]) {
    test(`axe-core finds nothing: ${theme}, ${width} pixels`, async () => {
      const page = await openPlayground(browser, harness, { theme, width, lesson: 'size-compaction' });
      const shot = (name: string) =>
        page.screenshot({ path: `${SCREENSHOTS}/playground-${name}-${theme}-${width}.png` });
      await press(page, 'lesson-step');
      await until(page, ({ lesson }) => lesson!.current > 0);
      await settle(page);
      for (const tab of ['Lesson', 'Numbers', 'Details', 'Events', 'Workload', 'Options']) {
        await chooseTab(page, tab);
        await settle(page);
        assert.deepEqual(await axe(page), [], tab);
        await shot(tab.toLowerCase());
      }
      await act(page, 'plug');
      assert.deepEqual(await axe(page), [], 'off');
      await page.locator('#stepped').uncheck();
      await act(page, 'recover');
      await page.locator('#recovery summary').click();
      assert.deepEqual(await axe(page), [], 'recovered');
      await shot('recovered');
      assert.deepEqual(await close(page), []);
    });
  }
}
