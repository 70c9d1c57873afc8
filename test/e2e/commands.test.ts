// Every command that changes or copies a database, on the installed package: from the palette over its prompts and the
// dry run to the result on disk, which C++ LevelDB reads.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, linkSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { type EditJson, writeManifest } from '../cli/craft';
import { hashFolder } from '../helpers/hash-folder';
import { Peer, type PeerOperation, randomNumbers } from '../helpers/leveldb';
import { accessibilityProblems } from './accessibility';
import { DatabasesFolder, tablesByLevel } from './databases-folder';
import { DryRunPage } from './dry-run';
import { openFromExplorer } from './open-database';
import { Workbench } from './workbench';

const databases = new DatabasesFolder();
const encoder = new TextEncoder();
let workbench: Workbench;
let page: DryRunPage;

before(async () => {
  for (const name of [
    'by-level',
    'from-tree',
    'importing',
    'exporting',
    'locked',
    'moved-on',
    'prompts',
    'backed-up',
  ])
    databases.add('s-over', name);
  for (const name of ['what-is-due', 'recovered']) databases.add('s-rand', name);
  databases.add('s-seq', 'flushed');
  damageLog(databases.add('s-over', 'damaged'), '000327.log');
  for (const name of ['range', 'range-to-the-end', 'range-of-table']) await makeRanges(databases.of(name));
  makeSlow(databases.add('s-compact', 'slow'));
  await (await Peer.open(databases.of('in-use'))).close();
  workbench = await Workbench.open({ folder: databases.path });
  page = new DryRunPage(workbench);
});

afterEach(async () => {
  // A command that has nothing to do is not in the palette.
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

/** Flips a byte of a log: the rest of its block is lost. */
function damageLog(directory: string, name: string): void {
  const bytes = readFileSync(join(directory, name));
  bytes[14_300] ^= 0xff;
  writeFileSync(join(directory, name), bytes);
}

/** Keys \xff and two bytes: tables one beside the other in level 2, and overwritten keys of some of them in the log. */
async function makeRanges(directory: string): Promise<void> {
  const random = randomNumbers(7);
  const put = (n: number): PeerOperation[] => [
    [rangeKey(n), Uint8Array.from({ length: 120 }, () => random(256))],
  ];
  const peer = await Peer.open(directory, { writeBufferSize: 64 << 10 });
  await peer.writeEach(Array.from({ length: 4000 }, (_, n) => put(n)));
  await peer.close();
  const later = await Peer.open(directory);
  await later.writeEach([...Array(100).keys()].map((n) => put(1000 + n)));
  await later.close();
}

function rangeKey(n: number): Uint8Array {
  return Uint8Array.of(0xff, n >> 8, n & 0xff);
}

/** Puts its one table into level 0 two thousand times: to compact that takes much longer than any step of a test. */
function makeSlow(directory: string): void {
  const manifest = join(directory, 'MANIFEST-000002');
  const { stdout } = spawnSync(process.execPath, ['dist/cli.js', 'manifest', manifest, '--json']);
  const edits = stdout
    .toString()
    .trim()
    .split('\n')
    .map((line): EditJson => JSON.parse(line).edit);
  const [table] = edits.flatMap(({ newFiles = [] }) => newFiles).filter(({ number }) => number === 152);
  const newFiles = Array.from({ length: 2000 }, (_, i) => ({ ...table, level: 0, number: 1000 + i }));
  for (const { number } of newFiles)
    linkSync(join(directory, '000152.ldb'), join(directory, `00${number}.ldb`));
  writeManifest(manifest, [...edits, { newFiles, nextFileNumber: 3000 }]);
}

async function open(name: string): Promise<void> {
  const database = workbench.treeItems(new RegExp(`${name}\\s*\\d+ tables?,`));
  await openFromExplorer(workbench, name);
  await database.waitFor({ timeout: 20_000 }).catch(async () => {
    // The menu went away before it took the choice.
    await openFromExplorer(workbench, name);
    await database.waitFor();
  });
}

/** Answers an input box; `title` is any text of it. */
async function answer(title: string, text: string): Promise<void> {
  await prompt(title).waitFor();
  await prompt(title).locator('input').first().fill(text);
  await workbench.page.keyboard.press('Enter');
}

/** VS Code's file dialog, which takes no path before it has listed the folder that it begins with. */
async function fileDialog(title: string) {
  await prompt(title).locator('.monaco-list-row').first().waitFor();
  return prompt(title).locator('input').first();
}

function prompt(title: string) {
  return workbench.quickInput.filter({ hasText: title });
}

async function pick(title: string, row: string): Promise<void> {
  await prompt(title).locator('.monaco-list-row').filter({ hasText: row }).first().click();
}

/** Applies what is shown; the contents stay. */
async function applyAndCompare(name: string, contents: Awaited<ReturnType<Peer['digest']>>): Promise<void> {
  await page.apply();
  await page.view.getByText(`The backup is in ${databases.of(name)}.lsm-backup`).waitFor();
  assert.deepEqual(await databases.digest(name), contents);
  assert.deepEqual(await databases.tablesByLevel(name), countsOf(name));
}

function countsOf(name: string): number[] {
  return databases.info(name).levels.map(({ files }) => files.length);
}

function numbersOf(name: string, level: number): number[] {
  return databases.info(name).levels[level].files.map(({ number }) => number);
}

test('Compact Level: the levels that have tables are offered, and the one that is picked goes into the next', async () => {
  const contents = await databases.digest('by-level');
  const untouched = hashFolder(databases.of('by-level'));
  await open('by-level');
  await workbench.runCommand('LSM: Compact Level…');
  const levels = prompt('Compact a level of by-level').locator('.monaco-list-row');
  await levels.first().waitFor();
  assert.match((await levels.allInnerTexts()).join(' '), /^Level 0.*Level 1.*Level 2(?!.*Level)/s);
  await levels
    .filter({ hasText: 'due: LevelDB would compact this level' })
    .filter({ hasText: 'Level 0' })
    .waitFor();
  await pick('Compact a level of by-level', 'Level 1');
  await page.tried('Compact level 1 into level 2');
  // Level 0 is due and comes first.
  await page.compaction('0 → 1').getByText('size').waitFor();
  await page.compaction('1 → 2').getByText('asked for').waitFor();
  assert.equal(hashFolder(databases.of('by-level')), untouched);
  await applyAndCompare('by-level', contents);
  assert.deepEqual(countsOf('by-level'), [0, 0, 1, 0, 0, 0, 0]);
});

test('Compact Level: from the tree, a level of many tables', async () => {
  const contents = await databases.digest('from-tree');
  await open('from-tree');
  await workbench.chooseFromMenu(workbench.treeItems(/Level 2/).first(), 'Compact Level…');
  await page.tried('Compact level 2 into level 3');
  await page.compaction('2 → 3').getByText('asked for').waitFor();
  await applyAndCompare('from-tree', contents);
  assert.deepEqual(countsOf('from-tree'), [0, 1, 0, 1, 0, 0, 0]);
});

test('Compact Range: both ends are asked for, with bytes that cannot be typed; tables outside stay', async () => {
  const contents = await databases.digest('range');
  const tables = numbersOf('range', 2);
  const expected = await compactedBy('range', rangeKey(1000), rangeKey(1099));
  await open('range');
  await workbench.runCommand('LSM: Compact Range…');
  await answer('First key of the range; empty for the beginning.', '\\xff\\x03\\xe8');
  await answer('Last key of the range; empty for the end.', '\\xff\\x04K');
  await page.tried('Compact from "\\xff\\x03\\xe8" to "\\xff\\x04K"');
  await workbench.screenshot('compact-range-dark');
  await applyAndCompare('range', contents);
  assert.deepEqual(countsOf('range'), expected);
  const left = numbersOf('range', 2).filter((number) => tables.includes(number));
  assert.ok(left.length > 0 && left.length < tables.length, `${left} of ${tables}`);
});

/** How many tables each level of a copy has when C++ LevelDB has compacted a range of it. */
async function compactedBy(name: string, from: Uint8Array, to: Uint8Array): Promise<number[]> {
  return databases.ask(name, async (peer) => {
    await peer.compactRange(from, to);
    return tablesByLevel(peer);
  });
}

test('Compact Range: an end that is left empty is open', async () => {
  const contents = await databases.digest('range-to-the-end');
  const expected = await compactedBy('range-to-the-end', rangeKey(1050), Uint8Array.of(0xff, 0xff, 0xff));
  await open('range-to-the-end');
  await workbench.runCommand('LSM: Compact Range…');
  await answer('First key of the range', '\\xff\\x04\\x1a');
  await answer('Last key of the range', '');
  await page.tried('Compact from "\\xff\\x04\\x1a" to the end');
  await applyAndCompare('range-to-the-end', contents);
  assert.deepEqual(countsOf('range-to-the-end'), expected);
});

test('Compact Range: of a table in the tree, without a question', async () => {
  const name = 'range-of-table';
  const contents = await databases.digest(name);
  const [{ number, smallest, largest }] = databases
    .info(name)
    .levels[2].files.filter(({ largest }) => largest.userKey >= '\\xff\\x03\\xe8');
  await open(name);
  await workbench.treeItems(/Level 2/).click();
  const table = `${number}`.padStart(6, '0');
  await workbench.chooseFromMenu(workbench.treeItems(`${table}.ldb`), 'Compact Range…');
  await page.tried(`Compact from "${smallest.userKey}" to "${largest.userKey}"`);
  await page.view.locator('#files tr.deleted', { hasText: `${table}.ldb` }).waitFor();
  await applyAndCompare(name, contents);
  assert.equal(existsSync(join(databases.of(name), `${table}.ldb`)), false);
});

test('Compact What LevelDB Would Do Next: level 0, which is due', async () => {
  const contents = await databases.digest('what-is-due');
  await open('what-is-due');
  await workbench.runCommand('LSM: Compact What LevelDB Would Do Next…');
  await page.tried('Compact what LevelDB would do next');
  // Four tables, and those of the two logs.
  await page.compaction('0 → 1').getByText('6 + 1').waitFor();
  await page.compaction('0 → 1').getByText('size').waitFor();
  await applyAndCompare('what-is-due', contents);
  assert.deepEqual(countsOf('what-is-due'), [0, 1, 1, 0, 0, 0, 0]);
});

test('Flush Log to Table: what the logs held is in a table', async () => {
  const contents = await databases.digest('flushed');
  await open('flushed');
  await workbench.runCommand('LSM: Flush Log to Table…');
  await page.tried('Flush the logs to tables');
  await page.fact('Logs replayed').getByText('2, with 500 operations').waitFor();
  await page
    .fact('Flushed to')
    .getByText(/table 83 of level 0/)
    .waitFor();
  await applyAndCompare('flushed', contents);
  assert.deepEqual(numbersOf('flushed', 0), [83]);
  // The tables have it all.
  const copy = databases.copyOf('flushed');
  for (const file of readdirSync(copy)) if (file.endsWith('.log')) rmSync(join(copy, file));
  const peer = await Peer.open(copy);
  assert.deepEqual(await peer.digest(), contents);
  await peer.close();
});

test('Recover: opened for writing, and no more', async () => {
  const contents = await databases.digest('recovered');
  await open('recovered');
  await workbench.runCommand('LSM: Recover (Open for Writing)…');
  await page.tried('Recover: open for writing');
  await page.fact('Compactions').getByText('none').waitFor();
  await page.fact('Dropped').getByText('nothing').waitFor();
  await page.apply();
  assert.deepEqual(await databases.digest('recovered'), contents);
  assert.deepEqual(countsOf('recovered'), [6, 1, 1, 0, 0, 0, 0]);
});

test('Recover: of a damaged log the panel tells what is lost, and the rest is what C++ LevelDB would have kept', async () => {
  const contents = await databases.digest('damaged');
  assert.notDeepEqual(contents, await databases.digest('importing'));
  const { stdout } = spawnSync(process.execPath, [
    'dist/cli.js',
    'recover',
    databases.of('damaged'),
    '--json',
  ]);
  const { bytesDropped } = JSON.parse(stdout.toString());
  assert.ok(bytesDropped > 0);
  await open('damaged');
  await workbench.runCommand('LSM: Recover (Open for Writing)…');
  await page.tried('Recover: open for writing');
  const dropped = bytesDropped.toLocaleString('en-US');
  await page.view.getByText(`Opening drops ${dropped} bytes of damaged logs`).waitFor();
  await page.fact('Dropped').getByText(`${dropped} bytes of damaged logs`).waitFor();
  await page.view
    .locator('ul.bad li', { hasText: /000327\.log.*checksum mismatch/ })
    .first()
    .waitFor();
  await workbench.screenshot('recover-damaged-dark');
  assert.deepEqual(await accessibilityProblems(page.view), []);
  await page.apply();
  assert.deepEqual(await databases.digest('damaged'), contents);
});

test('Import: a line that is wrong is told with its number, and nothing is done; corrected, it is all there', async () => {
  const lines = join(databases.path, 'lines.jsonl');
  const [gone] = await databases.ask('importing', (peer) => peer.entries({ limit: 1 }));
  const good = [
    { key: 'caf\\xc3\\xa9', value: 'one\\x00two' },
    { key: Buffer.from(gone[0]).toString(), value: null },
  ].map((line) => JSON.stringify(line));
  writeFileSync(lines, [...good, '{"key": "no value"}', ''].join('\n'));
  const { entries } = await databases.digest('importing');
  const untouched = hashFolder(databases.of('importing'));
  await open('importing');
  await workbench.runCommand('LSM: Import from JSON Lines…');
  await fileDialog('Import into importing');
  await answer('Import into importing', lines);
  await page.view
    .getByRole('alert')
    .getByText('lines.jsonl: line 3: "key" and "value" must be strings')
    .waitFor();
  await page.view.getByText('Nothing has been changed.').waitFor();
  await workbench.screenshot('import-wrong-dark');
  assert.equal(await page.button('Apply').isEnabled(), false);
  assert.equal(hashFolder(databases.of('importing')), untouched);
  writeFileSync(lines, `${good.join('\n')}\n`);
  await page.button('Dry Run Again').click();
  await page.tried('Import lines.jsonl');
  await page.fact('Puts and deletes').getByText('2').waitFor();
  assert.equal(hashFolder(databases.of('importing')), untouched);
  await page.apply();
  const [added, deleted] = await databases.ask('importing', (peer) =>
    peer.getMany([encoder.encode('caf\u00e9'), gone[0]]),
  );
  assert.deepEqual(added, encoder.encode('one\0two'));
  assert.equal(deleted, undefined);
  assert.equal((await databases.digest('importing')).entries, entries);
});

test('Export: the lines are what C++ LevelDB reads', async () => {
  const untouched = hashFolder(databases.of('exporting'));
  await open('exporting');
  await workbench.runCommand('LSM: Export to JSON Lines…');
  const path = join(databases.path, 'all-of-it.jsonl');
  const input = await fileDialog('Export exporting');
  assert.equal(await input.inputValue(), join(databases.path, 'exporting.jsonl'));
  await answer('Export exporting', path);
  const entries = await databases.ask('exporting', (peer) => peer.entries());
  await workbench.notification(`${entries.length} lines were written to ${path}.`).waitFor();
  const expected = entries.map(([key, value]) =>
    JSON.stringify({ key: escaped(key), value: escaped(value) }),
  );
  assert.deepEqual(readFileSync(path, 'utf8').trimEnd().split('\n'), expected);
  assert.equal(hashFolder(databases.of('exporting')), untouched);
});

/** As `lsm` writes bytes. */
function escaped(bytes: Uint8Array): string {
  const one = (byte: number) =>
    byte >= 0x20 && byte < 0x7f && byte !== 0x5c
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`;
  return Array.from(bytes, one).join('');
}

/** Takes the folder that the dialog offers. */
async function backUpBeside(name: string): Promise<void> {
  const input = await fileDialog(`Where to put the backup of ${name}`);
  assert.equal(await input.inputValue(), `${databases.path}/`);
  await workbench.quickInput.getByRole('button', { name: 'Back up here' }).click();
}

test('Back Up: a copy in a new folder, which is a database', async () => {
  const contents = await databases.digest('backed-up');
  const untouched = hashFolder(databases.of('backed-up'));
  await open('backed-up');
  await workbench.runCommand('LSM: Back Up Database…');
  await backUpBeside('backed-up');
  await workbench.notification(/\d+ files, .*, were copied to/).waitFor();
  const backup = readdirSync(databases.path).find((name) => /^backed-up-\d{4}-\d\d-\d\d-\d{6}$/.test(name));
  assert.ok(backup);
  assert.deepEqual(await databases.digest(backup), contents);
  assert.equal(hashFolder(databases.of('backed-up')), untouched);
});

test('Back Up: of a database that C++ LevelDB writes to, everything up to one moment', async () => {
  const peer = await Peer.open(databases.of('in-use'), { writeBufferSize: 64 << 10 });
  let acknowledged = 0;
  let isWriting = true;
  const write = async () => {
    for (; isWriting; acknowledged++)
      await peer.put(scatteredKey(acknowledged), new Uint8Array(100).fill(acknowledged));
  };
  const writing = write();
  try {
    await open('in-use');
    await workbench.runCommand('LSM: Back Up Database…');
    await prompt('Where to put the backup of in-use').waitFor();
    const before = acknowledged;
    await backUpBeside('in-use');
    await workbench.notification(/\d+ files, .*, were copied to/).waitFor();
    const after = acknowledged + 1;
    const backup = readdirSync(databases.path).find((name) => /^in-use-\d{4}-/.test(name));
    assert.ok(backup);
    const { entries } = await databases.digest(backup);
    assert.ok(entries >= before && entries <= after, `${before} <= ${entries} <= ${after}`);
    const keys = Array.from({ length: entries }, (_, n) => scatteredKey(n));
    const values = await databases.ask(backup, (reader) => reader.getMany(keys));
    for (const [n, value] of values.entries()) assert.deepEqual(value, new Uint8Array(100).fill(n), `${n}`);
  } finally {
    isWriting = false;
    await writing;
    await peer.close();
  }
});

/** All over the key space, and no two the same. */
function scatteredKey(n: number): Uint8Array {
  return encoder.encode((Math.imul(n, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0'));
}

test('a dry run that takes long is cancelled in its middle: the panel goes, and nothing has changed', async () => {
  const untouched = shapeOf(databases.of('slow'));
  await open('slow');
  await workbench.runCommand('LSM: Compact Database…');
  await page.view.getByText(/Working it out; nothing is changed\. .*\d %/).waitFor();
  await workbench.screenshot('dry-run-working-dark');
  assert.deepEqual(await accessibilityProblems(page.view), []);
  assert.equal(await page.button('Apply').isEnabled(), false);
  await page.button('Cancel').click();
  await workbench.tab('Dry Run: slow').waitFor({ state: 'hidden' });
  await workbench.notification('Dry run').waitFor({ state: 'hidden' });
  // Once more, and from the notification.
  await workbench.runCommand('LSM: Compact Database…');
  await workbench.notification('Dry run: Compact everything').getByRole('button', { name: 'Cancel' }).click();
  await workbench.tab('Dry Run: slow').waitFor({ state: 'hidden' });
  assert.deepEqual(shapeOf(databases.of('slow')), untouched);
});

/** Names, sizes and times: two thousand tables are not read for this. */
function shapeOf(directory: string): string[] {
  return readdirSync(directory).map((name) => {
    const { size, mtimeMs, ctimeMs } = statSync(join(directory, name));
    return `${name} ${size} ${mtimeMs} ${ctimeMs}`;
  });
}

test('Apply is refused while C++ LevelDB has the database open, with its pid; closed there, it goes through', async () => {
  const peer = await Peer.open(databases.of('locked'));
  try {
    const contents = await peer.digest();
    await open('locked');
    await workbench.runCommand('LSM: Compact Database…');
    await page.tried('Compact everything');
    const untouched = databases.files('locked');
    await page.button('Apply').click();
    const alert = page.view.getByRole('alert');
    await alert.getByText(new RegExp(`process ${peer.pid}\\b`)).waitFor();
    await alert.getByText('Close it there, then apply again: the dry run is kept.').waitFor();
    await workbench.screenshot('apply-locked-dark');
    assert.deepEqual(databases.files('locked'), untouched);
    assert.equal(existsSync(`${databases.of('locked')}.lsm-backup`), false);
    await peer.close();
    await applyAndCompare('locked', contents);
  } finally {
    await peer.kill();
  }
});

test('Apply is refused when C++ LevelDB has written since; the dry run is done again and applied', async () => {
  await open('moved-on');
  await workbench.runCommand('LSM: Compact Database…');
  await page.tried('Compact everything');
  const peer = await Peer.open(databases.of('moved-on'));
  await peer.put(encoder.encode('meanwhile'), encoder.encode('written'));
  await peer.close();
  const untouched = databases.files('moved-on');
  const contents = await databases.digest('moved-on');
  await page.button('Apply').click();
  await page.view.getByRole('alert').getByText('the database has moved on since the dry run').waitFor();
  await workbench.screenshot('apply-moved-on-dark');
  assert.deepEqual(databases.files('moved-on'), untouched);
  assert.equal(await page.button('Apply').isDisabled(), true);
  await page.button('Dry Run Again').click();
  await page.tried('Compact everything');
  await applyAndCompare('moved-on', contents);
});

test('Escape at a prompt changes nothing; a key that is wrong is told before it is taken', async () => {
  await open('prompts');
  const untouched = hashFolder(databases.of('prompts'));
  const beside = readdirSync(databases.path);
  for (const [command, title] of [
    ['LSM: Compact Level…', 'Compact a level of prompts'],
    ['LSM: Compact Range…', 'First key of the range'],
    ['LSM: Import from JSON Lines…', 'Import into prompts'],
    ['LSM: Export to JSON Lines…', 'Export prompts'],
    ['LSM: Back Up Database…', 'Where to put the backup of prompts'],
  ] as const) {
    await workbench.runCommand(command);
    await prompt(title).waitFor();
    await workbench.closeQuickInput();
  }
  await workbench.runCommand('LSM: Restore Backup…');
  await workbench.notification('There is no backup of prompts.').waitFor();
  await workbench.runCommand('LSM: Compact Range…');
  await answer('First key of the range', 'tab\\t');
  await prompt('After a backslash come x and two hex digits').waitFor();
  await workbench.screenshot('wrong-key-dark');
  await answer('Compact a Range of prompts', 'tab\\x09');
  await prompt('Last key of the range').waitFor();
  await workbench.closeQuickInput();
  await workbench.treeItems(/prompts\s*11 tables,/).waitFor();
  assert.equal(await workbench.tab('Dry Run').count(), 0);
  assert.equal(hashFolder(databases.of('prompts')), untouched);
  assert.deepEqual(readdirSync(databases.path), beside);
});

test('no content security policy was broken', () => {
  assert.deepEqual(
    workbench.console.filter((line) => /Content Security Policy/i.test(line) && /webview|lsm/i.test(line)),
    [],
  );
});
