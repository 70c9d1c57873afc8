// A database whose tables are stored in a way that is not written here: the panel says so and lets choose another.

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { hashFolder } from '../helpers/hash-folder';
import { accessibilityProblems } from './accessibility';
import { openFromExplorer } from './open-database';
import { Workbench } from './workbench';

const NAME = 'leveldb-zstd';
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lsm-e2e-compression-')));
cpSync(join('test/fixtures', NAME), join(folder, NAME), { recursive: true });

after(() => rmSync(folder, { recursive: true }));

for (const [theme, choice, compression] of [
  ['dark', 'Rewrite with Snappy', 'snappy'],
  ['light', 'Rewrite without Compression', 'none'],
] as const) {
  test(`"${choice}" does the dry run so, in the ${theme} theme`, async () => {
    const untouched = hashFolder(folder);
    const workbench = await Workbench.open({ folder, theme });
    try {
      await openFromExplorer(workbench, NAME);
      await workbench.chooseFromMenu(workbench.treeItems(/leveldb-zstd.*tables?,/), 'Compact Database…');
      const view = workbench.webview();
      await view.getByText(/stored with zstd, which is read but not written here/).waitFor();
      await workbench.screenshot(`choose-compression-${theme}`);
      assert.deepEqual(await accessibilityProblems(view), []);
      await view.getByRole('button', { name: choice }).click();
      await view.getByText('Nothing has been changed yet.').waitFor();
      const kept = view.locator('dt', { hasText: 'Compression' }).locator('xpath=following-sibling::dd[1]');
      assert.equal(await kept.innerText(), compression);
      assert.equal(await view.getByRole('button', { name: choice }).count(), 0);
      await view.getByRole('button', { name: 'Discard' }).click();
      await workbench.tab(`Dry Run: ${NAME}`).waitFor({ state: 'hidden' });
      assert.equal(hashFolder(folder), untouched);
    } finally {
      await workbench.close();
    }
  });
}
