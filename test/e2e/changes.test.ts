// A change of a database as a person makes it, on the installed package: dry run, look, apply, restore.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { hashFolder } from '../helpers/hash-folder';
import type { PeerDigest } from '../helpers/leveldb';
import { accessibilityProblems } from './accessibility';
import { DatabasesFolder } from './databases-folder';
import { openFromExplorer } from './open-database';
import { Workbench } from './workbench';

const databases = new DatabasesFolder();
const folder = databases.path;
const database = databases.add('s-over');
let workbench: Workbench;
let contents: PeerDigest;

before(async () => {
  contents = await digest();
  workbench = await Workbench.open({ folder });
  await openFromExplorer(workbench, 's-over');
  await root().waitFor();
});

after(async () => {
  await workbench?.close();
  databases.remove();
});

function root() {
  return workbench.treeItems(/s-over.*tables?,/);
}

function digest() {
  return databases.digest('s-over');
}

function button(name: string) {
  return workbench.webview().getByRole('button', { name, exact: true });
}

async function compact(): Promise<void> {
  await workbench.chooseFromMenu(root(), 'Compact Database…');
  await workbench.webview().getByText('Nothing has been changed yet.').waitFor();
}

test('a dry run is shown, in both kinds of themes, and dropped: nothing on the disk has changed', async () => {
  const untouched = hashFolder(folder);
  await compact();
  const view = workbench.webview();
  await view.getByRole('heading', { name: 'Compact everything' }).waitFor();
  await view.locator('lsm-level-map#after').waitFor();
  await view.locator('#files tbody tr').first().waitFor();
  const tables = await view.locator('#files tr.deleted', { hasText: 'table of level 0' }).count();
  assert.equal(tables, 9);
  await workbench.screenshot('dry-run-dark');
  assert.deepEqual(await accessibilityProblems(view), []);
  await view.locator('lsm-level-map#before').focus();
  await workbench.page.keyboard.press('ArrowRight');
  await view.getByText(/^table \d+, level 0/).waitFor();
  await button('Discard').click();
  await workbench.tab('Dry Run: s-over').waitFor({ state: 'hidden' });
  assert.equal(hashFolder(folder), untouched);
});

for (const theme of ['light', 'high-contrast'] as const) {
  test(`the panel is accessible in the ${theme} theme`, async () => {
    const themed = await Workbench.open({ folder, theme });
    try {
      await openFromExplorer(themed, 's-over');
      await themed.chooseFromMenu(themed.treeItems(/s-over.*tables?,/), 'Compact Database…');
      const view = themed.webview();
      await view.locator('#files tbody tr').first().waitFor();
      await view.getByText('Nothing has been changed yet.').waitFor();
      await themed.screenshot(`dry-run-${theme}`);
      assert.deepEqual(await accessibilityProblems(view), []);
    } finally {
      await themed.close();
    }
  });
}

test('applied, the tree and C++ LevelDB see it; restored, every byte is back', async () => {
  const untouched = databases.files('s-over');
  await workbench.openFile('s-over/000328.ldb');
  await workbench.webview().getByText('Entries').first().waitFor();
  await compact();
  await button('Apply').click();
  await workbench.webview().getByText('Done.').waitFor();
  await workbench.notification(/s-over: Compact everything.*The backup is in/).waitFor();
  await workbench.screenshot('dry-run-applied');
  assert.ok(existsSync(`${database}.lsm-backup`));
  assert.equal(existsSync(join(database, '000328.ldb')), false);
  assert.deepEqual(await digest(), contents);
  await workbench.treeItems(/s-over\s*1 table,/).waitFor();
  await button('Close').click();
  // The editor of a table that is gone says so, and has it again when it is back.
  await workbench.webview().getByText('The file cannot be shown').first().waitFor();
  await workbench.screenshot('table-gone');
  await workbench.page.keyboard.press('Escape');
  await workbench.runCommand('LSM: Restore Backup…');
  await workbench.quickInput.locator('.monaco-list-row').filter({ hasText: 'compact' }).first().click();
  await workbench.dialog.getByRole('button', { name: 'Restore' }).click();
  await workbench.notification(/s-over is as it was/).waitFor();
  assert.deepEqual(databases.files('s-over'), untouched);
  await workbench.treeItems(/s-over\s*11 tables,/).waitFor();
  await workbench.webview().getByText('The file cannot be shown').first().waitFor({ state: 'hidden' });
  await workbench.runCommand('View: Close All Editors');
  assert.deepEqual(await digest(), contents);
});

test('a key that was typed is written at once, and can be undone; one that was clicked is asked about', async () => {
  const { quickInput, dialog, page } = workbench;
  const type = async (text: string) => {
    await quickInput.locator('input').fill(text);
    await page.keyboard.press('Enter');
  };
  await workbench.runCommand('LSM: Put Key…');
  await type('user0000000042');
  await quickInput.getByText(/Now: ".*" \(\d+ bytes\)/).waitFor();
  await workbench.screenshot('put-key');
  await type('typed');
  const put = workbench.notification(/Put "user0000000042" into s-over \(it held ".*bytes\)/);
  await put.waitFor();
  await workbench.screenshot('put-key-done');
  const written = await digest();
  assert.equal(written.entries, contents.entries);
  assert.notDeepEqual(written, contents);
  await workbench.progressIsOver();
  await put.getByRole('button', { name: 'Undo' }).click();
  await workbench.notification(/it held "typed", 5 bytes/).waitFor();
  assert.deepEqual(await digest(), contents);

  await workbench.runCommand('LSM: Delete Key…');
  await type('user0000000042');
  const deleted = workbench.notification(/Deleted "user0000000042" from s-over/);
  await deleted.waitFor();
  assert.equal((await digest()).entries, contents.entries - 1);
  await workbench.progressIsOver();
  await deleted.getByRole('button', { name: 'Undo' }).click();
  await workbench.notification(/Put "user0000000042" into s-over \(there was no such key\)/).waitFor();
  assert.deepEqual(await digest(), contents);

  await workbench.chooseFromMenu(root(), 'Browse Keys');
  const view = workbench.webview();
  await view
    .getByRole('row', { name: /user0000000002/ })
    .first()
    .click();
  await view.getByRole('button', { name: 'Delete key…' }).click();
  await dialog.getByText(/Now: "/).waitFor();
  await workbench.screenshot('delete-key');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  assert.deepEqual(await digest(), contents);
  await view.getByRole('button', { name: 'Delete key…' }).click();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await workbench.notification(/Deleted "user0000000002" from s-over/).waitFor();
  assert.equal((await digest()).entries, contents.entries - 1);
});

test('no content security policy was broken', () => {
  assert.deepEqual(
    workbench.console.filter((line) => /Content Security Policy/i.test(line) && /webview|lsm/i.test(line)),
    [],
  );
});
