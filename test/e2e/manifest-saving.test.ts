// A MANIFEST that is edited, as a person has it: edits that outlive a reload of the window, and what a save asks.

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { hashFolder } from '../helpers/hash-folder';
import { Peer } from '../helpers/leveldb';
import { openFromExplorer } from './open-database';
import { Workbench } from './workbench';

const fixtures = resolve(process.env.LSM_FIXTURES ?? '../shared/fixtures');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lsm-e2e-manifest-')));
const scratch = mkdtempSync(join(tmpdir(), 'lsm-e2e-manifest-read-'));
let workbench: Workbench;
let copies = 0;

before(async () => {
  for (const name of ['sound', 'broken'])
    cpSync(join(fixtures, 's-over'), join(folder, name), { recursive: true });
  const table = readdirSync(join(folder, 'broken')).find((name) => name.endsWith('.ldb'))!;
  rmSync(join(folder, 'broken', table));
  workbench = await Workbench.open({ folder, settings: { 'files.autoSave': 'off' } });
  workbench.page.on('dialog', (dialog) => void dialog.accept());
});

after(async () => {
  await workbench?.close();
  rmSync(folder, { recursive: true });
  rmSync(scratch, { recursive: true });
});

/** What C++ LevelDB reads, of a copy: it changes what it opens. */
async function digest(database: string) {
  const copy = join(scratch, `${++copies}`);
  cpSync(join(folder, database), copy, { recursive: true });
  const peer = await Peer.open(copy);
  const found = await peer.digest();
  await peer.close();
  return found;
}

function dirtyTab() {
  return workbench.page.locator('.tabs-container .tab.dirty');
}

async function rebuild(database: string): Promise<void> {
  await openFromExplorer(workbench, database);
  // A tooltip of the activity bar would lie over the tree.
  await workbench.page.mouse.move(700, 500);
  const root = workbench.treeItems(new RegExp(`^${database}`)).first();
  await workbench.chooseFromMenu(root, 'Rebuild MANIFEST…');
  await dirtyTab().waitFor();
}

test('edits outlive a reload of the window: they can be undone, done again, and saved', async () => {
  const [untouched, contents] = [hashFolder(folder), await digest('sound')];
  await rebuild('sound');
  // VS Code keeps what is unsaved a second after it changed, and in a browser which editors are open some seconds later.
  await workbench.page.waitForTimeout(10_000);
  await workbench.reload();
  await dirtyTab().waitFor();
  await workbench.screenshot('manifest-after-reload');
  await workbench.webview().getByRole('heading', { name: 'MANIFEST-000002' }).waitFor();
  assert.equal(hashFolder(folder), untouched);
  await workbench.webview().getByRole('button', { name: /^Undo/ }).click();
  await dirtyTab().waitFor({ state: 'detached' });
  await workbench.webview().getByRole('button', { name: /^Redo/ }).click();
  await dirtyTab().waitFor();
  await workbench.runCommand('File: Save');
  await dirtyTab().waitFor({ state: 'detached' });
  await workbench.notification('The backup is in').waitFor();
  assert.deepEqual(await digest('sound'), contents);
});

test('a save after which the database reads differently is asked about', async () => {
  const untouched = hashFolder(join(folder, 'broken'));
  await assert.rejects(digest('broken'));
  await rebuild('broken');
  await workbench.runCommand('File: Save');
  await workbench.dialog.getByText('cannot be opened now').waitFor();
  await workbench.screenshot('manifest-save-question');
  await workbench.dialog.getByRole('button', { name: 'Cancel' }).click();
  await dirtyTab().waitFor();
  assert.equal(hashFolder(join(folder, 'broken')), untouched);
  await workbench.runCommand('File: Save');
  await workbench.dialog.getByRole('button', { name: 'Save' }).click();
  await dirtyTab().waitFor({ state: 'detached' });
  assert.ok((await digest('broken')).entries > 0);
});
