// axe-core over each tab of the trace page, in three themes, wide and narrow.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import type { LsmTrace } from '../../webview/trace/app';
import { launch } from './browser';
import { THEMES, type ThemeName } from './themes';
import { startTraceHarness, type TraceHarness } from './trace-harness';
import { axe, chooseTab, goTo, openTrace, settle } from './trace-page';
import type { TraceName } from './traces';

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

const SHOWN: readonly (readonly [TraceName, share: number, tab: RegExp])[] = [
  ['entries', 0.5, /^Now/],
  ['entries', 0.5, /^Events/],
  ['entries', 1, /^Table/],
  ['compaction', 1, /^Table/],
  ['compaction', 0.9, /^What If/],
  ['damaged', 1, /^Now/],
  ['damaged', 1, /^Lenient/],
  ['broken', 1, /^Now/],
];

for (const theme of Object.keys(THEMES) as ThemeName[]) {
  for (const width of [1200, 700]) {
    test(`axe-core finds nothing: ${theme}, ${width} pixels`, async () => {
      for (const [trace, share, tab] of SHOWN) {
        const page = await openTrace(browser, harness, { trace, theme, width });
        await goTo(page, Math.floor(harness.panel.session.summary().events * share));
        await page.evaluate(() => {
          const app = document.querySelector('lsm-trace') as LsmTrace;
          app.saved = { ...app.saved, table: 311 };
        });
        await chooseTab(page, tab);
        if (tab.source.includes('Lenient')) {
          await page.locator('#compare').click();
          await page.getByText('Compare Again').waitFor();
          await settle(page);
        }
        assert.deepEqual(await axe(page), [], `${trace}: ${tab}`);
        assert.deepEqual(await page.evaluate(() => window.fake.violations), []);
        await page.close();
      }
    });
  }
}
