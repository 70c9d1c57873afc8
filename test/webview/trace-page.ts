// A page of the trace harness, and what the tests read off it.
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import type { LsmTrace } from '../../webview/trace/app';
import type { LsmLevelMap } from '../../webview/ui/level-map';
import type { ThemeName } from './themes';
import type { TraceHarness } from './trace-harness';
import type { TraceName } from './traces';

export interface PageOptions {
  trace?: TraceName;
  theme?: ThemeName;
  width?: number;
  height?: number;
  /** More of the address' query. */
  more?: string;
}

/** A page with its first frame. */
export async function openTrace(
  browser: Browser,
  harness: TraceHarness,
  { trace = 'compaction', theme = 'light', width = 1200, height = 800, more = '' }: PageOptions = {},
): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height } });
  await page.goto(`${harness.url}?trace=${trace}&theme=${theme}${more}`);
  await page.locator('lsm-level-map').waitFor();
  await settle(page);
  return page;
}

/** Waits until nothing is on its way: no answer is outstanding, and the frame is the one that is wanted. */
export async function settle(page: Page): Promise<void> {
  let quiet = 0;
  let last = -1;
  while (quiet < 3) {
    const [calls, isThere] = await page.evaluate(() => {
      const { player } = document.querySelector('lsm-trace') as LsmTrace;
      const { calls, waiting } = window.fake;
      return [calls.length, waiting === 0 && player.frame?.at === player.at] as const;
    });
    quiet = calls === last && isThere ? quiet + 1 : 0;
    last = calls;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Where one is. */
export function placeOf(page: Page): Promise<number> {
  return page.evaluate(() => (document.querySelector('lsm-trace') as LsmTrace).player.frame?.at ?? -1);
}

export async function goTo(page: Page, at: number): Promise<void> {
  await page.evaluate((to) => (document.querySelector('lsm-trace') as LsmTrace).player.goTo(to), at);
  await settle(page);
}

export async function chooseTab(page: Page, title: string | RegExp): Promise<void> {
  await page.locator('lsm-tabs').getByRole('tab', { name: title }).click();
  await settle(page);
}

/** All that the page says, in all its shadow roots, and the tables that it draws. */
export function saidBy(page: Page): Promise<{ text: string; tables: string[] }> {
  return page.evaluate(() => {
    const words: string[] = [];
    const walk = (node: Node): void => {
      if (node instanceof HTMLStyleElement) return;
      if (node.nodeType === Node.TEXT_NODE) {
        const text = node.textContent!.trim();
        if (text !== '') words.push(text);
      }
      if (node instanceof HTMLInputElement || node instanceof HTMLProgressElement)
        words.push(`[${node.value}]`);
      if (node instanceof Element) {
        words.push(...[node.getAttribute('aria-valuetext')].filter((each) => each !== null));
        if (node.shadowRoot) walk(node.shadowRoot);
      }
      for (const child of node.childNodes) walk(child);
    };
    walk(document.querySelector('lsm-trace')!);
    const map = document
      .querySelector('lsm-trace')!
      .shadowRoot!.querySelector('lsm-level-map') as LsmLevelMap;
    const files = map.files!;
    const tables = Array.from(files.levels, (level, i) => {
      const place = `${files.left[i]!.toFixed(4)}-${files.right[i]!.toFixed(4)}`;
      return `${level}/${map.describe(i)} ${place} ${files.colors[i]} ${files.marks[i]}`;
    });
    return { text: words.join('\n'), tables };
  });
}

export function elementsOf(page: Page): Promise<number> {
  return page.evaluate(() => {
    const count = (root: ParentNode): number => {
      const all = [...root.querySelectorAll('*')];
      return all.reduce((sum, each) => sum + (each.shadowRoot ? count(each.shadowRoot) : 0), all.length);
    };
    return count(document);
  });
}

interface AxeViolation {
  id: string;
  nodes: { target: unknown[]; failureSummary?: string }[];
}

/** What axe-core finds. */
export async function axe(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync('node_modules/axe-core/axe.min.js', 'utf8'));
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(): Promise<{ violations: AxeViolation[] }> } };
    const { violations } = await axe.run();
    return violations.map(
      (v) => `${v.id}: ${v.nodes.map((n) => `${n.target.join(' ')} (${n.failureSummary})`).join(', ')}`,
    );
  });
}
