// A MANIFEST's text as a person sees it: colours, problems, fixes, saving.

import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { type ThemeName, Workbench } from './workbench';

const fixtures = resolve(process.env.LSM_FIXTURES ?? '../shared/fixtures');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lsm-e2e-text-')));

after(() => rmSync(folder, { recursive: true }));

for (const theme of ['light', 'dark'] as ThemeName[]) {
  test(`the text of a MANIFEST in the ${theme} theme: its problems, a fix, a save that is refused`, async () => {
    const name = `in-${theme}`;
    cpSync(join(fixtures, 's-over'), join(folder, name), { recursive: true });
    rmSync(join(folder, name, '000311.ldb'));
    const workbench = await Workbench.open({ folder: join(folder, name), theme });
    const { page } = workbench;
    try {
      await workbench.openView('LSM');
      await workbench.openView('Explorer');
      await workbench.chooseFromMenu(workbench.treeItems('MANIFEST-000002'), 'Show MANIFEST as Text');
      await workbench.tab('MANIFEST-000002.edits').waitFor();
      const editor = page.locator('.editor-instance .monaco-editor').first();
      await editor.locator('.view-line', { hasText: /edit\s0/ }).waitFor();
      // A word, an added line, a number and a name have colours of their own.
      await page.waitForFunction(() => {
        const spans = document.querySelectorAll('.editor-instance .view-line span span');
        return new Set([...spans].map((span) => getComputedStyle(span).color)).size >= 4;
      });
      await editor.locator('.view-line').first().click();
      // It was checked. (The count at the file's name is drawn by a style sheet: no text has it.)
      await page.locator('.statusbar').getByRole('button', { name: 'Errors: 1' }).waitFor();
      await page.keyboard.press('F8');
      await page.locator('.marker-widget', { hasText: '000311.ldb is not in the folder' }).waitFor();
      await workbench.screenshot(`manifest-text-problem-${theme}`);
      await page.keyboard.press('Escape');
      await page.keyboard.press('Control+.');
      const fix = page.locator('.action-widget .monaco-list-row', { hasText: 'remove table 311 from level' });
      await fix.waitFor();
      await workbench.screenshot(`manifest-text-fixes-${theme}`);
      await fix.click();
      await editor.locator('.squiggly-error').first().waitFor({ state: 'detached' });
      await page.keyboard.press('Control+Home');
      await page.keyboard.type('log-number many\n');
      await editor.locator('.squiggly-error').first().waitFor();
      await page.keyboard.press('Control+s');
      await workbench.notification(/line 1, column 1: expected "edit"/).waitFor();
      await workbench.screenshot(`manifest-text-refused-${theme}`);
    } finally {
      await workbench.close();
    }
  });
}
