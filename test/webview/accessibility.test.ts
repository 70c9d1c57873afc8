// axe-core over the Keys view with everything in it, in three themes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launch } from './browser';
import type { FakeKeysHost } from './fake-keys-host';
import { type Harness, startHarness } from './harness';
import { THEMES } from './themes';

let harness: Harness;
let browser: Browser;

before(async () => {
  harness = await startHarness();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await harness?.close();
});

interface AxeViolation {
  id: string;
  nodes: { target: unknown[] }[];
}

for (const theme of Object.keys(THEMES)) {
  test(`axe-core finds nothing: ${theme}`, async () => {
    const page = await browser.newPage({ viewport: { width: 1200, height: 700 } });
    await page.goto(`${harness.url}?theme=${theme}`);
    await page.locator('lsm-grid .body .row').first().waitFor();
    await page.locator('#versions').click();
    await page.getByText('shadowed value').first().waitFor();
    await page.locator('#range').click();
    await page.locator('lsm-grid .body .row').nth(1).click();
    await page.locator('lsm-value-pane pre').waitFor();
    await page.evaluate(() => {
      (window.fake as FakeKeysHost).problems = ['000007.ldb @ 4096: block checksum mismatch'];
      window.fake.send('refreshed', {});
    });
    await page.getByText('block checksum mismatch').waitFor();
    await page.evaluate(readFileSync('node_modules/axe-core/axe.min.js', 'utf8'));
    const found = await page.evaluate(async () => {
      const { axe } = window as unknown as { axe: { run(): Promise<{ violations: AxeViolation[] }> } };
      const { violations } = await axe.run();
      return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
    });
    assert.deepEqual(found, []);
    await page.close();
  });
}
