// Traces as a person has them, on the installed package: recorded from the menus, played, stepped, scrubbed, searched,
// saved, opened again without the database, and applied, which C++ LevelDB reads.

import assert from 'node:assert/strict';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import type { FrameLocator } from 'playwright-core';
import { hashFolder } from '../helpers/hash-folder';
import { Peer } from '../helpers/leveldb';
import { accessibilityProblems } from './accessibility';
import { DatabasesFolder } from './databases-folder';
import { openFromExplorer } from './open-database';
import { Workbench } from './workbench';

const databases = new DatabasesFolder();
let workbench: Workbench;
let view: FrameLocator;

before(async () => {
  for (const name of ['traced', 'looked-at']) databases.add('s-over', name);
  flip(join(databases.add('s-over', 'damaged'), '000327.log'), 14_300);
  rmSync(join(databases.add('s-over', 'unopenable'), '000311.ldb'));
  workbench = await Workbench.open({ folder: databases.path });
});

afterEach(async () => {
  if (await workbench.page.locator('.tabs-container [role="tab"]').first().isVisible())
    await workbench.runCommand('View: Close All Editors');
  if (await workbench.treeItems().first().isVisible()) await workbench.runCommand('LSM: Close Database');
  if (await workbench.notification('').first().isVisible())
    await workbench.runCommand('Notifications: Clear All Notifications');
});

after(async () => {
  await workbench?.close();
  databases.remove();
});

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] ^= 0xff;
  writeFileSync(path, bytes);
}

function button(name: string | RegExp) {
  return view.getByRole('button', typeof name === 'string' ? { name, exact: true } : { name });
}

function tab(name: string | RegExp) {
  return view.getByRole('tab', { name });
}

/** What the page says of a frame, once it is drawn. */
async function shown(at: number): Promise<string> {
  await view.locator(`.sentence[data-at="${at}"]`).waitFor();
  return `${await view.locator('.sentence').innerText()}\n${await now()}`;
}

function now(): Promise<string> {
  return view.getByRole('tabpanel', { name: 'Now' }).innerText();
}

/** Where one is; waits until the page shows it. */
async function position(): Promise<number> {
  return Number(await view.locator('#at').inputValue());
}

async function goTo(event: number): Promise<void> {
  await view.locator('#at').fill(`${event}`);
  await view.locator('#at').press('Enter');
  await view.locator(`.sentence[data-at="${event}"]`).waitFor();
}

async function eventsOfTrace(): Promise<number> {
  const text = await view.locator('.place').innerText();
  return Number(/of ([\d,]+)/.exec(text)![1]!.replaceAll(',', ''));
}

/** Answers VS Code's file dialog, which takes no path before it has listed the folder that it begins with. */
async function chooseFile(title: string, path: string): Promise<void> {
  const dialog = workbench.quickInput.filter({ hasText: title });
  await dialog.locator('.monaco-list-row').first().waitFor();
  await dialog.locator('input').first().fill(path);
  await workbench.page.keyboard.press('Enter');
}

async function open(name: string): Promise<void> {
  await openFromExplorer(workbench, name);
  await workbench.treeItems(new RegExp(`${name}\\s*\\d+ tables?,`)).waitFor();
}

/** Waits for a panel of a trace that is recorded. */
async function recorded(title: string): Promise<void> {
  view = workbench.webview();
  await view.getByRole('heading', { name: title, exact: true }).waitFor();
  await view.locator('.sentence').waitFor();
}

test('a compaction: played, stepped, scrubbed, searched, saved, applied; and opened again without its database', async () => {
  const contents = await databases.digest('traced');
  const untouched = hashFolder(databases.of('traced'));
  const { levels } = databases.info('traced');
  await open('traced');
  await workbench.runCommand('LSM: Trace Compaction…');
  const pick = workbench.quickInput.filter({ hasText: 'Trace a compaction of traced' });
  await pick.locator('.monaco-list-row').filter({ hasText: 'Everything' }).click();
  await recorded('Compact everything');

  // k steps forward and k back are where one was.
  const events = await eventsOfTrace();
  await goTo(100);
  const first = await shown(100);
  for (let i = 1; i <= 5; i++) {
    await button(/^Step \(/).click();
    await view.locator(`.sentence[data-at="${100 + i}"]`).waitFor();
  }
  assert.notEqual(await shown(105), first);
  for (let i = 4; i >= 0; i--) {
    await button(/^Step Back/).click();
    await view.locator(`.sentence[data-at="${100 + i}"]`).waitFor();
  }
  assert.equal(await shown(100), first);

  // Played, it goes on by itself; scrubbed, it goes where one wants.
  await view.locator('#speed').selectOption({ index: 3 });
  await button(/^Play/).click();
  await button(/^Pause/).waitFor();
  for (let i = 0; i < 200 && (await position()) < 110; i++) await workbench.page.waitForTimeout(50);
  await button(/^Pause/).click();
  assert.ok((await position()) >= 110);
  await view.locator('lsm-timeline').focus();
  await workbench.page.keyboard.press('End');
  await view.locator(`.sentence[data-at="${events}"]`).waitFor();
  await workbench.page.keyboard.press('Home');
  await view.locator('.sentence[data-at="0"]').waitFor();

  // The decision names the files that level 0 has on the disk, and those that the log adds.
  await button(/^Next Landmark/).click();
  await tab('Events').click();
  await view.getByPlaceholder('Search events').fill('pick');
  await view.getByPlaceholder('Search events').press('Enter');
  await tab('Now').click();
  await view.getByRole('heading', { name: /^Compaction 1/ }).waitFor();
  const decision = await now();
  const files = Number(/Level 0 has (\d+) files/.exec(decision)?.[1]);
  assert.ok(files >= levels[0]!.files.length && files <= levels[0]!.files.length + 2, decision.slice(0, 500));

  await goTo(events);
  const last = await view.locator('.sentence').innerText();
  const path = join(databases.path, 'kept.lsmtrace');
  await button('Save Trace…').click();
  await chooseFile('Save the trace of traced', path);
  await workbench.notification(/events were written to/).waitFor();
  assert.ok(statSync(path).size > 1000);
  assert.equal(hashFolder(databases.of('traced')), untouched);

  await button('Apply').click();
  await view.getByText('Done.').waitFor();
  assert.deepEqual(await databases.digest('traced'), contents);
  assert.equal((await databases.tablesByLevel('traced'))[0], 0);

  await workbench.runCommand('View: Close All Editors');
  await workbench.runCommand('LSM: Close Database');
  rmSync(databases.of('traced'), { recursive: true });
  await workbench.openView('Explorer');
  await workbench.openFile('kept.lsmtrace');
  view = workbench.webview();
  await view.locator('.sentence').waitFor();
  assert.equal(await eventsOfTrace(), events);
  await goTo(events);
  assert.equal(await view.locator('.sentence').innerText(), last);
  assert.equal(await button('Apply').count(), 0);
});

test('what would run next; a what-if records it again with another threshold', async () => {
  const untouched = hashFolder(databases.of('looked-at'));
  await open('looked-at');
  await workbench.runCommand('LSM: Trace Compaction…');
  const pick = workbench.quickInput.filter({ hasText: 'Trace a compaction of looked-at' });
  await pick.locator('.monaco-list-row').filter({ hasText: 'What would run next' }).click();
  view = workbench.webview();
  await view.locator('.sentence').waitFor();
  const before = await eventsOfTrace();
  await tab('What If').click();
  const trigger = view.locator('lsm-what-if').getByRole('textbox').first();
  await trigger.fill('12');
  await trigger.press('Enter');
  await button('Record Again').click();
  // With room for 12 files in level 0 nothing is due.
  for (let i = 0; i < 200 && (await eventsOfTrace()) === before; i++) await workbench.page.waitForTimeout(50);
  assert.ok((await eventsOfTrace()) < before);
  assert.equal(hashFolder(databases.of('looked-at')), untouched);
});

test('a recovery of a damaged log: batch by batch, lenient and paranoid side by side', async () => {
  const untouched = hashFolder(databases.of('damaged'));
  await open('damaged');
  await workbench.runCommand('LSM: Trace Recovery');
  view = workbench.webview();
  await view.locator('.sentence').waitFor();
  const events = await eventsOfTrace();
  await goTo(events);
  assert.match(await now(), /000327\.log/);
  await tab(/Lenient and Paranoid/i).click();
  await button('Compare').click();
  await button('Compare Again').waitFor();
  await workbench.screenshot('trace-compare-dark');
  const fact = (side: string, term: string) =>
    view.locator(`#${side} dt:text-is("${term}") + dd`).innerText();
  // What C++ LevelDB reads of the damaged folder, and what it refuses.
  const { entries } = await databases.digest('damaged');
  assert.equal(await fact('lenient', 'Keys that can be read'), entries.toLocaleString('en'));
  assert.match(await fact('lenient', 'Opening'), /succeeds, with losses/);
  assert.match(await fact('paranoid', 'Opening'), /fails: Corruption: checksum mismatch/);
  assert.equal(hashFolder(databases.of('damaged')), untouched);
  assert.deepEqual(await accessibilityProblems(view), []);
});

test('a folder that cannot be opened ends at the failing step, with LevelDB’s words', async () => {
  const untouched = hashFolder(databases.of('unopenable'));
  await assert.rejects(Peer.open(databases.copyOf('unopenable')));
  await workbench.openView('Explorer');
  await open('unopenable');
  await workbench.runCommand('LSM: Trace Recovery');
  view = workbench.webview();
  await view.locator('.sentence').waitFor();
  await goTo(await eventsOfTrace());
  await view
    .getByText(/1 missing files?|missing/)
    .first()
    .waitFor();
  assert.match(await now(), /000311\.ldb/);
  await workbench.screenshot('trace-failed-dark');
  assert.equal(hashFolder(databases.of('unopenable')), untouched);
});

test('explained gets: from the palette, as a document', async () => {
  await open('looked-at');
  await workbench.runCommand('LSM: Explain Get…');
  const prompt = workbench.quickInput.filter({ hasText: 'Explain' });
  await prompt.waitFor();
  await prompt.locator('input').first().fill('user0000000042');
  await workbench.page.keyboard.press('Enter');
  const editor = workbench.page.locator('.editor-instance .monaco-editor').first();
  await editor.locator('.view-line', { hasText: /level\s0.*000328\.ldb/ }).waitFor();
  await workbench.screenshot('explain-get-dark');
});

test('no content security policy was broken', () => {
  assert.deepEqual(
    workbench.console.filter((line) => /Content Security Policy/i.test(line) && /webview|lsm/i.test(line)),
    [],
  );
});
