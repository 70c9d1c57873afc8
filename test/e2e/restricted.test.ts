// Restricted Mode: a folder that is not trusted is looked at like any other.

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { hashFolder } from '../helpers/hash-folder';
import { openFromExplorer } from './open-database';
import { Workbench } from './workbench';

const fixtures = resolve(process.env.LSM_FIXTURES ?? '../shared/fixtures');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lsm-e2e-restricted-')));
const outside = realpathSync(mkdtempSync(join(tmpdir(), 'lsm-e2e-restricted-outside-')));
let workbench: Workbench;

/** Every command that writes, with all that it would ask. */
const writing: [command: string, args: object][] = [
  ['compact', { apply: true }],
  ['compactLevel', { level: 0, apply: true }],
  ['compactRange', { from: 'user0000000001', to: 'user0000000002', apply: true }],
  ['compactAuto', { apply: true }],
  ['flush', { apply: true }],
  ['recover', { apply: true }],
  ['repair', { apply: true }],
  ['put', { key: 'a', value: 'b', confirmed: true }],
  ['deleteKey', { key: 'user0000000001', confirmed: true }],
  ['importLines', { path: join(outside, 'lines.jsonl'), apply: true }],
  ['exportLines', { path: join(outside, 'exported.jsonl') }],
  ['backUp', { path: join(outside, 'backup') }],
  ['restore', { path: join(outside, 's-over.lsm-backup', 'any'), confirmed: true }],
  ['fixManifest', {}],
  ['rebuildManifest', {}],
  ['saveManifest', {}],
  ['saveAsNewManifest', {}],
];

/** `a` for the first. */
const keyOf = (index: number) => String.fromCharCode('a'.charCodeAt(0) + index);

before(async () => {
  cpSync(join(fixtures, 's-over'), join(folder, 's-over'), { recursive: true });
  writeFileSync(join(outside, 'lines.jsonl'), '{"key": "a", "value": "b"}\n');
  const keybindings = writing.map(([command, args], i) => ({
    key: `ctrl+alt+shift+${keyOf(i)}`,
    command: `lsm.${command}`,
    args,
  }));
  workbench = await Workbench.open({ folder, workspaceTrust: true, keybindings });
});

after(async () => {
  await workbench?.close();
  rmSync(folder, { recursive: true });
  rmSync(outside, { recursive: true });
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
  // A trace is a dry run.
  assert.ok(items.some((item) => /^Trace Recovery/.test(item)));
  assert.deepEqual(
    items.filter((item) =>
      /^(Compact|Flush|Recover|Put|Delete|Import|Export|Back Up|Restore|Rebuild|Save|Fix)/.test(item),
    ),
    [],
  );
  await workbench.page.keyboard.press('Escape');
  await workbench.listCommands('LSM: Verify Database');
  const writes = ['Compact', 'Flush', 'Put', 'Delete Key', 'Restore Backup', 'Export to JSON'];
  for (const command of [...writes, 'Rebuild MANIFEST', 'Save MANIFEST', 'Save as New MANIFEST']) {
    await workbench.quickInput.locator('input').fill(`>LSM: ${command}`);
    await workbench.page.waitForTimeout(500);
    const rows = workbench.quickInput.locator('.monaco-list-row').filter({ hasText: `LSM: ${command}` });
    assert.equal(await rows.count(), 0, command);
  }
  await workbench.closeQuickInput();
  assert.equal(hashFolder(folder), untouched);
});

test('in Restricted Mode every command that writes refuses when it is called all the same, and changes nothing', async () => {
  const { contributes } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    contributes: { commands: { command: string; enablement?: string }[] };
  };
  const declared = contributes.commands.filter(({ enablement }) => enablement === 'isWorkspaceTrusted');
  assert.deepEqual(
    declared.map(({ command }) => command).sort(),
    writing.map(([command]) => `lsm.${command}`).sort(),
  );
  const untouched = [folder, outside].map(hashFolder);
  const { page } = workbench;
  const refusal = workbench.notification('In Restricted Mode databases can be looked at, but not changed.');
  await workbench.treeItems(/s-over.*tables/).click();
  for (const [i, [command]] of writing.entries()) {
    await page.keyboard.press(`Control+Alt+Shift+${keyOf(i).toUpperCase()}`);
    await refusal.waitFor().catch(() => assert.fail(`${command} does not say that it refuses`));
    assert.equal(await workbench.tab('Dry Run: s-over').count(), 0, command);
    await refusal.hover();
    await refusal.getByRole('button', { name: /Clear Notification/ }).click();
    await refusal.waitFor({ state: 'hidden' });
  }
  assert.deepEqual([folder, outside].map(hashFolder), untouched);
});
