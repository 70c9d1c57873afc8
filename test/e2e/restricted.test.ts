// Restricted Mode: a folder that is not trusted is looked at like any other.

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { hashFolder } from '../helpers/hash-folder';
import { openFromExplorer } from './open-database';
import { Workbench } from './workbench';

const fixtures = resolve(process.env.LSM_FIXTURES ?? '../shared/fixtures');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lsm-e2e-restricted-')));
let workbench: Workbench;

before(async () => {
  cpSync(join(fixtures, 's-over'), join(folder, 's-over'), { recursive: true });
  workbench = await Workbench.open({ folder, workspaceTrust: true });
});

after(async () => {
  await workbench?.close();
  rmSync(folder, { recursive: true });
});

test('in Restricted Mode a database is opened and its keys are read', async () => {
  const untouched = hashFolder(folder);
  await workbench.page.locator('.statusbar', { hasText: 'Restricted Mode' }).waitFor();
  await openFromExplorer(workbench, 's-over');
  await workbench.chooseFromMenu(workbench.treeItems(/s-over.*tables/), 'Browse Keys');
  await workbench
    .webview()
    .getByRole('row', { name: /user0000000000/ })
    .first()
    .waitFor();
  assert.equal(hashFolder(folder), untouched);
});

test('in Restricted Mode nothing that writes is offered, in the menus or in the palette', async () => {
  const untouched = hashFolder(folder);
  assert.equal(await workbench.webview().locator('vscode-button#delete-key').count(), 0);
  await workbench
    .webview()
    .getByRole('row', { name: /user0000000000/ })
    .first()
    .click({ button: 'right' });
  await workbench.page.getByRole('menuitem', { name: 'Copy Value' }).waitFor();
  assert.equal(await workbench.page.getByRole('menuitem', { name: 'Delete Key' }).count(), 0);
  await workbench.page.keyboard.press('Escape');
  await workbench.treeItems(/s-over.*tables/).click({ button: 'right' });
  await workbench.page.getByRole('menuitem', { name: 'Verify Database' }).waitFor();
  const items = await workbench.page.getByRole('menuitem').allInnerTexts();
  assert.deepEqual(
    items.filter((item) => /Compact|Flush|Recover|Put|Delete|Import|Export|Back Up|Restore/.test(item)),
    [],
  );
  await workbench.page.keyboard.press('Escape');
  await workbench.listCommands('LSM: Verify Database');
  for (const command of ['Compact', 'Flush', 'Put', 'Delete Key', 'Restore Backup', 'Export to JSON']) {
    await workbench.quickInput.locator('input').fill(`>LSM: ${command}`);
    await workbench.page.waitForTimeout(500);
    const rows = workbench.quickInput.locator('.monaco-list-row').filter({ hasText: `LSM: ${command}` });
    assert.equal(await rows.count(), 0, command);
  }
  await workbench.closeQuickInput();
  assert.equal(hashFolder(folder), untouched);
});
