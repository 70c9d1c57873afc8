// The trace page in a real browser, over real traces.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launch } from './browser';
import { startTraceHarness, type TraceHarness } from './trace-harness';

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

test('a trace is shown', async () => {
  for (const trace of ['compaction', 'entries', 'auto', 'recovery', 'damaged', 'broken', 'file', 'long']) {
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    await page.goto(`${harness.url}?trace=${trace}`);
    await page.locator('.sentence').first().waitFor();
    assert.deepEqual(await page.evaluate(() => window.fake.violations), [], trace);
    await page.close();
  }
});
