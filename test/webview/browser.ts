// A page of the harness, and what the tests read off it.
import { type Browser, chromium, type Page } from 'playwright-core';
// @ts-expect-error: a script without types
import { CHROMIUM_ARGUMENTS, findChromium } from '../../scripts/host/chromium.mjs';

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: CHROMIUM_ARGUMENTS });
}

/** What the grid shows and holds. */
export interface Seen {
  /** Key cells of the rows within the viewport, from the top. */
  keys: string[];
  drawn: number;
  held: number;
  selected: string | undefined;
  rowIndexes: (string | null)[];
  rowCount: string | null;
  activeDescendant: string | null;
  count: string;
  message: string;
}

export function look(page: Page): Promise<Seen> {
  return page.evaluate(() => {
    const app = document.querySelector('lsm-keys')!.shadowRoot!;
    const element = app.querySelector('lsm-grid') as HTMLElement & { window?: { items: unknown[] } };
    const root = element.shadowRoot!;
    const body = root.querySelector('.body')!.getBoundingClientRect();
    const rows = [...root.querySelectorAll<HTMLElement>('.body .row')];
    const inSight = rows.filter((row) => {
      const box = row.getBoundingClientRect();
      return box.bottom > body.top + 1 && box.top < body.bottom - 1;
    });
    const keyOf = (row: Element | null) => row?.querySelector('.cell')?.textContent ?? undefined;
    const grid = root.querySelector('[role=grid]')!;
    const [count, message] = app.querySelectorAll('.status span');
    return {
      keys: inSight.map((row) => keyOf(row)!),
      drawn: rows.length,
      held: element.window?.items.length ?? 0,
      selected: keyOf(root.querySelector('[aria-selected=true]')),
      rowIndexes: inSight.map((row) => row.getAttribute('aria-rowindex')),
      rowCount: grid.getAttribute('aria-rowcount'),
      activeDescendant: grid.getAttribute('aria-activedescendant'),
      count: count!.textContent!.trim(),
      message: message!.textContent!.trim(),
    };
  });
}

/** Looks until something holds; the last look, if it never does. */
export async function lookFor(page: Page, holds: (seen: Seen) => boolean, patience = 5000): Promise<Seen> {
  const end = Date.now() + patience;
  for (;;) {
    const seen = await look(page);
    if (holds(seen)) return seen;
    if (Date.now() > end) throw new Error(`never came to be: ${holds}; last: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The deepest element that has the keyboard. */
export function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element?.getAttribute('role') ?? element?.getAttribute('aria-label') ?? element?.localName ?? '';
  });
}
