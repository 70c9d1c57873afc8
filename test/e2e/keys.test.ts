// The Keys view on the installed package: find a key, read its value. Answers are held against C++ LevelDB's.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { hashFolder } from '../helpers/hash-folder';
import { Peer } from '../helpers/leveldb';
import { accessibilityProblems } from './accessibility';
import { openFromExplorer } from './open-database';
import { type ThemeName, Workbench } from './workbench';

const fixtures = resolve(process.env.LSM_FIXTURES ?? '../shared/fixtures');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lsm-e2e-keys-')));
const scratch = mkdtempSync(join(tmpdir(), 'lsm-e2e-peer-'));
let workbench: Workbench;
let untouched: string;

before(async () => {
  cpSync(join(fixtures, 's-over'), join(folder, 's-over'), { recursive: true });
  untouched = hashFolder(folder);
  workbench = await Workbench.open({ folder });
  await openFromExplorer(workbench, 's-over');
  await workbench.treeItems(/s-over.*tables/).waitFor();
});

after(async () => {
  await workbench.close();
  rmSync(folder, { recursive: true });
  rmSync(scratch, { recursive: true });
});

/** The value as the command line has it. */
function get(key: string): string {
  return spawnSync(process.execPath, ['dist/cli.js', 'get', join(folder, 's-over'), key])
    .stdout.toString()
    .trimEnd();
}

test('a key is gone to and its value read', async () => {
  await workbench.chooseFromMenu(workbench.treeItems(/s-over.*tables/), 'Browse Keys');
  const view = workbench.webview();
  await view
    .getByRole('row', { name: /user0000000000/ })
    .first()
    .waitFor();
  const key = 'user0000003000';
  const field = view.locator('vscode-text-field#go').getByRole('textbox');
  await field.fill(key);
  await field.press('Enter');
  const expected = get(key);
  const row = view.getByRole('row', { name: new RegExp(key) }).first();
  await row.waitFor();
  assert.equal(await row.getAttribute('aria-selected'), 'true');
  const { id } = JSON.parse(expected);
  await view.locator('pre', { hasText: new RegExp(`"id":\\s*${id}\\b`) }).waitFor();
});

test('rows of the grid are what C++ LevelDB reads', async () => {
  // A copy: LevelDB changes what it opens.
  const copy = join(scratch, 's-over');
  cpSync(join(fixtures, 's-over'), copy, { recursive: true });
  const peer = await Peer.open(copy);
  const from = new TextEncoder().encode('user0000003000');
  const entries = await peer.entries({ gte: from, limit: 8 });
  await peer.close();
  const rows = workbench.webview().locator('[role=row][data-index]');
  const first = rows.filter({ hasText: 'user0000003000' });
  const index = Number(await first.getAttribute('data-index'));
  for (const [i, [key, value]] of entries.entries()) {
    const cells = workbench.webview().locator(`[role=row][data-index="${index + i}"] [role=gridcell]`);
    assert.equal((await cells.nth(0).innerText()).trim(), Buffer.from(key).toString());
    assert.match(await cells.nth(1).innerText(), /^\{"id":/);
    const size = value.length < 1024 ? `${value.length} B` : `${(value.length / 1024).toFixed(1)} KB`;
    assert.equal((await cells.nth(2).innerText()).trim(), size);
  }
});

test('the biography of a key has every version in every file', async () => {
  const key = 'user0000003000';
  await workbench.webview().getByRole('button', { name: 'Key biography' }).click();
  await workbench.tab(`${key}.txt`).waitFor();
  const { stdout } = spawnSync(process.execPath, [
    'dist/cli.js',
    'history',
    join(folder, 's-over'),
    key,
    '--json',
    '--edits',
  ]);
  const lines = stdout
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const editor = workbench.page.locator('.monaco-editor').first();
  for (const { sequence, file } of lines.filter((line) => line.sequence !== undefined)) {
    await editor
      .getByText(new RegExp(`${sequence}.*${file}`))
      .first()
      .waitFor();
  }
  assert.ok(lines.some((line) => line.what?.startsWith('compaction of')));
  await workbench.closeEditor();
});

test('a row’s context menu copies, and asks before it deletes', async () => {
  const view = workbench.webview();
  const row = view.getByRole('row', { name: /user0000003001/ }).first();
  await row.click({ button: 'right' });
  await workbench.page.getByRole('menuitem', { name: 'Delete Key…' }).waitFor();
  await workbench.screenshot('keys-menu');
  const items = await workbench.page.getByRole('menuitem').allInnerTexts();
  const own = items.map((item) => item.trim()).filter((item) => /Key|Value|Get|Paste/.test(item));
  assert.deepEqual(own, ['Copy Key', 'Copy Value', 'Key Biography', 'Explain This Get', 'Delete Key…']);
  await workbench.page.keyboard.press('Escape');
  assert.equal(await row.getAttribute('aria-selected'), 'true');
  await workbench.chooseFromMenu(row, 'Copy Value');
  await view.getByText('Copied.').waitFor();
  await workbench.chooseFromMenu(row, 'Delete Key…');
  await workbench.dialog.getByText('Delete "user0000003001" from s-over?').waitFor();
  await workbench.dialog.getByRole('button', { name: 'Cancel' }).click();
  await view.getByRole('grid').focus();
  await workbench.page.keyboard.press('Delete');
  await workbench.dialog.getByText('Delete "user0000003001" from s-over?').waitFor();
  await workbench.dialog.getByRole('button', { name: 'Cancel' }).click();
  await view
    .getByRole('row', { name: /user0000003000/ })
    .first()
    .click();
  assert.equal(hashFolder(folder), untouched);
});

test('a get of the key is explained, by the button beside its value', async () => {
  const key = 'user0000003000';
  await workbench.webview().getByRole('button', { name: 'Explain this get' }).click();
  await workbench.tab(`${key}.txt`).waitFor();
  const argv = ['dist/cli.js', 'get', join(folder, 's-over'), key, '--explain'];
  const [first] = spawnSync(process.execPath, argv, { encoding: 'utf8' }).stdout.split('\n');
  assert.match(first, /^memtable of /);
  await workbench.page.locator('.monaco-editor').first().getByText(first).waitFor();
  await workbench.screenshot('explained-get');
  await workbench.closeEditor();
});

test('the place is kept over a reload', async () => {
  // The workbench in a browser writes what it remembers every few seconds.
  await workbench.page.waitForTimeout(10_000);
  await workbench.reload();
  await workbench
    .webview()
    .getByRole('row', { name: /user0000003000/ })
    .first()
    .waitFor();
});

for (const theme of ['light', 'dark', 'high-contrast'] as ThemeName[]) {
  test(`the view is accessible in the ${theme} theme`, async () => {
    const themed = await Workbench.open({ folder, theme });
    try {
      await openFromExplorer(themed, 's-over');
      await themed.chooseFromMenu(themed.treeItems(/s-over.*tables/), 'Browse Keys');
      const view = themed.webview();
      const row = view.getByRole('row', { name: /user0000000002/ }).first();
      await row.click();
      await view.locator('pre', { hasText: /"id":\s*2\b/ }).waitFor();
      await themed.screenshot(`keys-${theme}`);
      assert.deepEqual(await accessibilityProblems(view), []);
    } finally {
      await themed.close();
    }
  });
}

test('no content security policy was broken and nothing on disk was changed', () => {
  assert.deepEqual(
    workbench.console.filter((line) => /Content Security Policy/i.test(line) && /webview|lsm/i.test(line)),
    [],
  );
  assert.equal(hashFolder(folder), untouched);
});
