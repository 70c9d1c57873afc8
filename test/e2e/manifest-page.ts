// The MANIFEST editor's page, by what a person sees of it.

import assert from 'node:assert/strict';
import type { FrameLocator, Locator } from 'playwright-core';
import type { Workbench } from './workbench';

/** Opens a MANIFEST of the workspace, and waits for its page. */
export async function openManifest(
  workbench: Workbench,
  path: string,
  ready = 'lsm-level-map',
): Promise<FrameLocator> {
  await workbench.openFile(path);
  const page = workbench.webview();
  await page.locator(ready).first().waitFor();
  return page;
}

/** Hands on the page that is looked at. */
export function manifestPage(view: () => FrameLocator) {
  function tab(name: 'Edit' | 'File' | RegExp): Locator {
    return view().getByRole('tab', typeof name === 'string' ? { name, exact: true } : { name });
  }

  function button(name: string | RegExp): Locator {
    return view().getByRole('button', typeof name === 'string' ? { name, exact: true } : { name });
  }

  async function goTo(edit: number): Promise<void> {
    const field = view().locator('#go').getByRole('textbox');
    await field.fill(`${edit}`);
    await field.press('Enter');
    await selected(edit);
  }

  /** Waits until an edit is the selected row. */
  async function selected(edit: number, words?: RegExp): Promise<void> {
    const row = view().locator(`[role=row][aria-rowindex="${edit + 2}"][aria-selected=true]`);
    await (words ? row.filter({ hasText: words }) : row).waitFor();
  }

  async function edits(count: number): Promise<void> {
    await view()
      .locator('.status')
      .getByText(count === 1 ? '1 edit,' : `${count} edits`)
      .waitFor();
  }

  async function changes(count: number): Promise<void> {
    if (count === 0) await view().locator('.dirty').waitFor({ state: 'detached' });
    else
      await view()
        .locator('.dirty', { hasText: count === 1 ? /^1 change,/ : `${count} changes,` })
        .waitFor();
  }

  function undo(): Promise<void> {
    return view().locator('#undo').click();
  }

  /** A field of the form, by its label. */
  function field(label: string | RegExp): Locator {
    return view()
      .locator('lsm-edit-form')
      .getByRole('textbox', typeof label === 'string' ? { name: label, exact: true } : { name: label });
  }

  /** Waits until a field has a text: a form comes a moment after what it is of. */
  async function holds(of: Locator, text: string): Promise<void> {
    for (let i = 0; i < 100 && (await of.inputValue()) !== text; i++)
      await new Promise((done) => setTimeout(done, 50));
    assert.equal(await of.inputValue(), text);
  }

  /** Selects the table of the map by its description. */
  async function selectTable(words: RegExp): Promise<void> {
    const map = view().locator('lsm-level-map');
    await map.press('Home');
    for (let i = 0; i < 100; i++) {
      if (words.test((await map.getAttribute('aria-valuetext')) ?? '')) return;
      await map.press('ArrowRight');
    }
    assert.fail(`no ${words} in the map`);
  }

  return { tab, button, goTo, selected, edits, changes, undo, field, holds, selectTable };
}
