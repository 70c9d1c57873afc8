// A page of the playground's harness, and what the tests read off it.
import type { Browser, Page } from 'playwright-core';
import type { LsmPlayground } from '../../webview/playground/app';
import type { PlaygroundState } from '../../webview/protocol/playground';
import type { PlaygroundHarness } from './playground-harness';
import type { ThemeName } from './themes';

export interface PlaygroundPageOptions {
  theme?: ThemeName;
  lesson?: string;
  width?: number;
  height?: number;
}

/** A page with its first frame. It keeps all headlines that it ever shows. */
export async function openPlayground(
  browser: Browser,
  harness: PlaygroundHarness,
  { theme = 'light', lesson, width = 1200, height = 800 }: PlaygroundPageOptions = {},
): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height } });
  await page.goto(`${harness.url}?theme=${theme}${lesson ? `&lesson=${lesson}` : ''}`);
  await page.locator('lsm-level-map').waitFor();
  await settle(page);
  await page.evaluate(() => {
    const root = document.querySelector('lsm-playground')!.shadowRoot!;
    const seen: string[] = [];
    const spoken: string[] = [];
    Object.assign(window, { headlines: seen, spoken });
    const look = () => {
      const kind = root.querySelector<HTMLElement>('.work')?.dataset.kind;
      const text = `${kind}: ${root.querySelector('#headline')?.textContent?.trim()}`;
      if (seen.at(-1) !== text) seen.push(text);
      const said = root.querySelector('#spoken')?.textContent?.trim() ?? '';
      if (said !== '' && spoken.at(-1) !== said) spoken.push(said);
    };
    new MutationObserver(look).observe(root, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    });
    look();
  });
  return page;
}

/** Waits until nothing is on its way; of a playground that is paused. */
export async function settle(page: Page): Promise<void> {
  let quiet = 0;
  let last = -1;
  while (quiet < 3) {
    const [calls, isThere] = await page.evaluate(() => {
      const { player, state } = document.querySelector('lsm-playground') as LsmPlayground;
      const { calls, waiting } = window.fake;
      return [calls.length, waiting === 0 && !state?.isRunning && player.frame?.at === player.at] as const;
    });
    quiet = calls === last && isThere ? quiet + 1 : 0;
    last = calls;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Presses a button of the page, by its id. */
export async function press(page: Page, id: string): Promise<void> {
  await page.locator(`#${id}`).click();
}

/** Does something that ends at once. */
export async function act(page: Page, id: string): Promise<void> {
  await press(page, id);
  await settle(page);
}

export async function pause(page: Page): Promise<void> {
  await page.locator('#run', { hasText: 'Pause' }).click();
  await settle(page);
}

export async function chooseTab(page: Page, name: string): Promise<void> {
  await page.locator('lsm-tabs').getByRole('tab', { name, exact: true }).click();
}

/** Waits until the state of the page is as it is to be. */
export async function until(page: Page, holds: (state: PlaygroundState) => boolean): Promise<void> {
  for (let i = 0; i < 1200; i++) {
    if (holds(await stateOf(page))) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it never was so: ${holds}`);
}

export function stateOf(page: Page): Promise<PlaygroundState> {
  return page.evaluate(() => (document.querySelector('lsm-playground') as LsmPlayground).state!);
}

/** A number of the tab "Numbers", as it stands there. */
export function numberOf(page: Page, name: string): Promise<string> {
  return page.locator(`[data-name="${name}"]`).innerText();
}

export function headlines(page: Page): Promise<string[]> {
  return page.evaluate(() => (window as unknown as { headlines: string[] }).headlines);
}

/** Waits until something is told to those who listen; gives all that was. */
export async function told(page: Page, what: RegExp): Promise<string[]> {
  for (let i = 0; i < 600; i++) {
    const spoken = await page.evaluate(() => (window as unknown as { spoken: string[] }).spoken);
    if (spoken.some((text) => what.test(text))) return spoken;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it was never told: ${what}`);
}

/** No violation of the page's policy came up. */
export async function close(page: Page): Promise<string[]> {
  const violations = await page.evaluate(() => window.fake.violations);
  await page.close();
  return violations;
}
