// axe-core over each tab of the trace page, in three themes, wide and narrow; a screenshot of each is kept.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import type { LsmTrace } from '../../webview/trace/app';
import { launch } from './browser';
import { THEMES, type ThemeName } from './themes';
import { startTraceHarness, type TraceHarness } from './trace-harness';
import { axe, chooseTab, goTo, openTrace, settle } from './trace-page';
import type { TraceName } from './traces';

/** Kept to be looked at. */
const SCREENSHOTS = 'dist/screenshots';

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

/** For each trace, tabs and how far in it one is. */
const SHOWN: readonly (readonly [TraceName, readonly (readonly [share: number, tab: RegExp])[]])[] = [
  [
    'entries',
    [
      [0.5, /^Now/],
      [0.5, /^Events/],
      [1, /^Table/],
    ],
  ],
  [
    'compaction',
    [
      [1, /^Table/],
      [0.9, /^What If/],
    ],
  ],
  [
    'damaged',
    [
      [1, /^Now/],
      [1, /^Lenient/],
    ],
  ],
  ['broken', [[1, /^Now/]]],
  ['missing', [[1, /^Now/]]],
  [
    'work',
    [
      [0.3, /^Now/],
      [0.999, /^Now/],
    ],
  ],
];

for (const theme of Object.keys(THEMES) as ThemeName[]) {
  for (const width of [1200, 700]) {
    test(`axe-core finds nothing: ${theme}, ${width} pixels`, async () => {
      for (const [trace, tabs] of SHOWN) {
        const page = await openTrace(browser, harness, { trace, theme, width });
        const { events } = harness.panel.session.summary();
        await page.evaluate(() => {
          const app = document.querySelector('lsm-trace') as LsmTrace;
          app.saved = { ...app.saved, table: 311 };
        });
        for (const [share, tab] of tabs) {
          await goTo(page, Math.floor(events * share));
          await chooseTab(page, tab);
          if (tab.source.includes('Lenient')) {
            await page.locator('#compare').click();
            await page.getByText('Compare Again').waitFor();
            await settle(page);
          }
          assert.deepEqual(await axe(page), [], `${trace}: ${tab}`);
          const name = `${tab.source.replace(/\W+/g, '').toLowerCase()}-${share * 100}`;
          await page.screenshot({ path: `${SCREENSHOTS}/trace-${trace}-${name}-${theme}-${width}.png` });
        }
        assert.deepEqual(await page.evaluate(() => window.fake.violations), []);
        await page.close();
      }
    });
  }
}
