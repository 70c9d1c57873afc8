// What C++ LevelDB reads after each kind of save, done through the page by the controls that a person has.

import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import type { FrameLocator } from 'playwright-core';
import { Peer } from '../helpers/leveldb';
import { manifestPage, openManifest } from './manifest-page';
import { Workbench } from './workbench';

const fixtures = resolve(process.env.LSM_FIXTURES ?? '../shared/fixtures');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lsm-e2e-contents-')));
const scratch = mkdtempSync(join(tmpdir(), 'lsm-e2e-contents-read-'));
const MANIFEST = 'MANIFEST-000002';
let workbench: Workbench;
let view: FrameLocator;
let copies = 0;
const { tab, button, edits, selected, changes, selectTable, goTo } = manifestPage(() => view);

for (const name of ['dropped', 'moved', 'squashed', 'torn', 'current', 'deleted', 'as-new'])
  cpSync(join(fixtures, /^(dropped|moved)$/.test(name) ? 's-seq' : 's-over'), join(folder, name), {
    recursive: true,
  });

before(async () => {
  workbench = await Workbench.open({ folder, settings: { 'files.autoSave': 'off' } });
  await workbench.openView('Explorer');
});

after(async () => {
  await workbench?.close();
  rmSync(folder, { recursive: true });
  rmSync(scratch, { recursive: true });
});

afterEach(async () => {
  await workbench.runCommand('View: Close All Editors');
  await workbench.page.locator('iframe.webview').first().waitFor({ state: 'detached' });
});

/** What C++ LevelDB reads, of a copy: it changes what it opens. Latin-1. */
async function read(database: string): Promise<[key: string, value: string][]> {
  const copy = join(scratch, `${++copies}`);
  cpSync(join(folder, database), copy, { recursive: true });
  const peer = await Peer.open(copy);
  try {
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
    return (await peer.entries()).map(([key, value]) => [text(key), text(value)]);
  } finally {
    await peer.close();
  }
}

function current(database: string): string {
  return readFileSync(join(folder, database, 'CURRENT'), 'utf8').trim();
}

/** Saves with the page's button; `answer` is the one of the question that has to come, if one has to. */
async function save(answer?: string, id = '#save'): Promise<void> {
  await tab(/^Changes/).click();
  await view.locator(id).click();
  if (answer !== undefined) await workbench.dialog.getByRole('button', { name: answer, exact: true }).click();
  await workbench.page.locator('.tabs-container .tab.dirty').waitFor({ state: 'detached' });
  const account = workbench.notification('The backup is in');
  await account.waitFor();
  await account.hover();
  await account.getByRole('button', { name: /Clear Notification/ }).click();
  await account.waitFor({ state: 'hidden' });
}

/** A field of the table that is selected. */
async function fact(term: string): Promise<string> {
  return (await view.locator(`dt:text-is("${term}") + dd`).innerText()).trim();
}

test('a table that is removed takes its keys along; rolled back, they are all there again', async () => {
  const contents = await read('dropped');
  view = await openManifest(workbench, `dropped/${MANIFEST}`);
  await selectTable(/^table 7,/);
  const [from, to] = await Promise.all(
    ['Smallest', 'Largest'].map(async (term) => /"(.*)" @/.exec(await fact(term))![1]!),
  );
  await button('Remove from the Version').click();
  await changes(1);
  await save('Save');
  // No other table of this database reaches into its range.
  const left = contents.filter(([key]) => key < from! || key > to!);
  assert.ok(left.length > 0 && left.length < contents.length);
  assert.deepEqual(await read('dropped'), left);

  const rows = view.getByRole('grid', { name: 'Edits' });
  const count = Number(await rows.getAttribute('aria-rowcount')) - 1;
  await goTo(count - 2);
  await view.locator('[role=row][aria-selected=true]').click({ button: 'right' });
  await view.getByRole('menuitem', { name: 'Roll Back to Here' }).click();
  await edits(count - 1);
  await save('Save');
  assert.deepEqual(await read('dropped'), contents);
});

test('a table that is moved to another level', async () => {
  const contents = await read('moved');
  view = await openManifest(workbench, `moved/${MANIFEST}`);
  await selectTable(/^table 5,/);
  await button('Move to Level…').click();
  await view.getByRole('menuitem', { name: 'Level 6' }).click();
  await changes(1);
  await save();
  await selectTable(/^table 5, level 6/);
  assert.deepEqual(await read('moved'), contents);
});

test('all edits squashed to one', async () => {
  const contents = await read('squashed');
  view = await openManifest(workbench, `squashed/${MANIFEST}`);
  await tab(/^Changes/).click();
  await button('Squash All').click();
  await edits(1);
  await save();
  assert.deepEqual(await read('squashed'), contents);
});

test('a torn tail that is dropped', async () => {
  const path = join(folder, 'torn', MANIFEST);
  const [whole, contents] = [readFileSync(path), await read('torn')];
  appendFileSync(path, Buffer.from([1, 2, 3]));
  view = await openManifest(workbench, `torn/${MANIFEST}`);
  await tab(/^Changes/).click();
  await button('Drop Tail').click();
  await changes(1);
  await save();
  assert.deepEqual(readFileSync(path), whole);
  assert.deepEqual(await read('torn'), contents);
});

test('a CURRENT that names nothing, repaired by the fix of its check', async () => {
  const contents = await read('current');
  writeFileSync(join(folder, 'current', 'CURRENT'), 'MANIFEST-999999\n');
  await assert.rejects(read('current'));
  view = await openManifest(workbench, `current/${MANIFEST}`);
  await tab(/^Checks/).click();
  await view
    .locator('ul.problems')
    .getByRole('button', { name: /CURRENT/ })
    .first()
    .click();
  await changes(1);
  await save('Save');
  assert.equal(current('current'), MANIFEST);
  assert.deepEqual(await read('current'), contents);
});

test('a MANIFEST that was deleted, rebuilt from the tables', async () => {
  const contents = await read('deleted');
  view = await openManifest(workbench, `deleted/${MANIFEST}`);
  rmSync(join(folder, 'deleted', MANIFEST));
  await view.getByText(`There is no ${MANIFEST} in the folder`).waitFor();
  await assert.rejects(read('deleted'));
  await button('Rebuild from Tables').click();
  await edits(1);
  await selected(0);
  await save('Save');
  assert.deepEqual(await read('deleted'), contents);
});

test('saved as a new MANIFEST that CURRENT names; the old one is as it was', async () => {
  const [before, contents] = [readFileSync(join(folder, 'as-new', MANIFEST)), await read('as-new')];
  view = await openManifest(workbench, `as-new/${MANIFEST}`);
  await tab(/^Changes/).click();
  await button('Squash All').click();
  await edits(1);
  await save(undefined, '#save-as-new');
  const name = current('as-new');
  assert.notEqual(name, MANIFEST);
  await workbench.tab(name).waitFor();
  assert.deepEqual(readFileSync(join(folder, 'as-new', MANIFEST)), before);
  assert.deepEqual(await read('as-new'), contents);
});
