// The editors of single files on the installed package, each in every theme. Numbers are held against `lsm`.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { after, test } from 'node:test';
import type { FrameLocator } from 'playwright-core';
import { hashFolder } from '../helpers/hash-folder';
import { makeLargeManifest, makeLargeTable } from '../helpers/large-files';
import { accessibilityProblems } from './accessibility';
import { openFromExplorer } from './open-database';
import { type ThemeName, Workbench } from './workbench';

const fixtures = resolve(process.env.LSM_FIXTURES ?? '../shared/fixtures');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lsm-e2e-editors-')));

/** A byte of the file, turned. */
function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] ^= 0x5a;
  writeFileSync(path, bytes);
}

cpSync(join(fixtures, 's-over'), join(folder, 's-over'), { recursive: true });
cpSync(join(fixtures, 's-over'), join(folder, 'damaged'), { recursive: true });
flip(join(folder, 'damaged', '000311.ldb'), 5000);
flip(join(folder, 'damaged', '000327.log'), 9000);
truncateSync(join(folder, 'damaged', 'MANIFEST-000002'), 7600);
// What a crash leaves: a record without its end.
mkdirSync(join(folder, 'torn'));
copyFileSync(join(fixtures, 's-over', '000327.log'), join(folder, 'torn', '000327.log'));
truncateSync(join(folder, 'torn', '000327.log'), 50_000);
// Out of its directory.
copyFileSync(join(fixtures, 's-over', '000328.ldb'), join(folder, 'alone.ldb'));
const untouched = hashFolder(folder);

after(() => {
  assert.equal(hashFolder(folder), untouched);
  rmSync(folder, { recursive: true });
});

function lsm(...args: string[]) {
  const { stdout } = spawnSync(process.execPath, ['dist/cli.js', ...args, '--json'], { maxBuffer: 1 << 28 });
  return stdout.toString();
}

function records(text: string) {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const number = (value: number) => value.toLocaleString('en');

/** What the page says of an axe check and of its policy. */
async function assertClean(workbench: Workbench, view: FrameLocator, name: string): Promise<void> {
  await workbench.screenshot(name);
  assert.deepEqual(await accessibilityProblems(view), [], name);
}

async function tab(view: FrameLocator, name: string | RegExp): Promise<void> {
  await view.getByRole('tab', { name }).click();
}

/** The row of a property among the details. */
function property(view: FrameLocator, name: string) {
  return view.locator('dt', { hasText: name }).first().locator('xpath=following-sibling::dd[1]');
}

/** Opens a file in the editor that it has, and gives its page. */
async function open(workbench: Workbench, path: string, ready: string): Promise<FrameLocator> {
  await workbench.openFile(path);
  if (path.endsWith('.log')) await workbench.runCommand('LSM: Open File in Its LSM Editor');
  await workbench.tab(basename(path)).first().waitFor();
  const view = workbench.webview();
  await view.locator(ready).first().waitFor();
  return view;
}

async function closeEditors(workbench: Workbench): Promise<void> {
  await workbench.runCommand('View: Close All Editors');
  await workbench.page.locator('iframe.webview').first().waitFor({ state: 'detached' });
}

for (const theme of ['light', 'dark', 'high-contrast'] as ThemeName[]) {
  test(`table, log and MANIFEST in the ${theme} theme`, async () => {
    const workbench = await Workbench.open({ folder, theme });
    try {
      await workbench.openView('LSM');
      await workbench.openView('Explorer');
      await walkTable(workbench, theme);
      await closeEditors(workbench);
      await walkManifest(workbench, theme);
      await closeEditors(workbench);
      await walkLog(workbench, theme);
      assert.deepEqual(
        workbench.console.filter(
          (line) => /Content Security Policy/i.test(line) && /webview|lsm/i.test(line),
        ),
        [],
      );
    } finally {
      await workbench.close();
    }
  });
}

/** Rows that the page draws of all its grids. */
async function rowsDrawn(view: FrameLocator): Promise<number> {
  return view.locator('[role=row][data-index]').count();
}

test('a table of 256 MiB and a MANIFEST of 100,000 edits: only what is in sight is drawn', async () => {
  const large = realpathSync(mkdtempSync(join(tmpdir(), 'lsm-e2e-large-')));
  const entries = makeLargeTable(join(large, '000007.ldb'), 256 << 20);
  const edits = 100_000;
  const versions = makeLargeManifest(join(large, 'MANIFEST-000009'), edits);
  const workbench = await Workbench.open({ folder: large });
  try {
    const table = await open(workbench, '000007.ldb', 'lsm-file-map');
    await table
      .getByRole('row', { name: /key00000000/ })
      .first()
      .waitFor();
    // Nothing reads all of it before somebody asks.
    await table.getByRole('button', { name: 'Read all blocks' }).waitFor();
    const field = table.locator('#go').getByRole('textbox');
    await field.fill(`key${String(entries - 5).padStart(8, '0')}`);
    await field.press('Enter');
    await table.locator('#path', { hasText: 'is in this table' }).waitFor();
    assert.ok((await rowsDrawn(table)) < 120);
    await closeEditors(workbench);

    const manifest = await open(workbench, 'MANIFEST-000009', 'lsm-level-map');
    await manifest.locator('.status', { hasText: '100,000 edits' }).waitFor();
    const slider = manifest.locator('input[type=range]');
    for (const edit of [9973, 59_838, 99_730]) {
      await slider.fill(`${edit}`);
      await manifest.locator('.total', { hasText: `${versions.get(edit)!.length} files` }).waitFor();
      await manifest.locator(`[role=row][aria-rowindex="${edit + 2}"][aria-selected=true]`).waitFor();
      assert.ok((await rowsDrawn(manifest)) < 120);
    }
    // The place is kept, and two edits are compared as texts.
    await manifest.locator('#first').click();
    await slider.fill('99735');
    await manifest.locator('#first', { hasText: 'Compare with edit 99730' }).click();
    await workbench.page.locator('.monaco-diff-editor', { hasText: /level\s\d:\s\d\sfiles/ }).waitFor();
    await workbench.screenshot('manifest-compare');
    await workbench.closeEditor();
    // The workbench in a browser writes what it remembers every few seconds.
    await workbench.page.waitForTimeout(10_000);
    await workbench.reload();
    await workbench.webview().locator('[role=row][aria-rowindex="99737"][aria-selected=true]').waitFor();
  } finally {
    await workbench.close();
    rmSync(large, { recursive: true });
  }
});

async function walkTable(workbench: Workbench, theme: ThemeName): Promise<void> {
  const view = await open(workbench, 's-over/000311.ldb', 'lsm-file-map');
  const expected = JSON.parse(lsm('sst', join(folder, 's-over', '000311.ldb')));
  await view.locator('.status', { hasText: `${number(expected.entryCount)} entries` }).waitFor();
  assert.equal((await property(view, 'Deletions').innerText()).trim(), number(expected.deletions));
  assert.match(await property(view, 'Size').innerText(), new RegExp(number(expected.size)));
  assert.equal((await property(view, 'Restart interval').innerText()).trim(), '16');
  assert.match(await property(view, 'Now').innerText(), /live in level 1/);

  const field = view.locator('#go').getByRole('textbox');
  await field.fill('user0000000042');
  await field.press('Enter');
  await view.locator('#path', { hasText: 'is in this table' }).waitFor();
  const explained = records(lsm('get', join(folder, 's-over'), 'user0000000042', '--explain'));
  const text = JSON.stringify(explained);
  assert.match(text, /"offset":3397/);
  assert.match(
    await view.locator('#path').innerText(),
    /filter 1 says maybe.*block at 3,397, 3,331 bytes.*restart point 0/,
  );
  await view.locator('pre', { hasText: '"id": 42' }).waitFor();
  await assertClean(workbench, view, `table-${theme}`);

  await tab(view, 'Bytes');
  await view.locator('lsm-bytes [role=option][aria-selected=true]').waitFor();
  await tab(view, 'Blocks');
  await view
    .getByRole('row', { name: /Data block/ })
    .first()
    .click();
  await view.locator('lsm-bytes .title', { hasText: 'data block at 0, decoded' }).waitFor();
  await assertClean(workbench, view, `table-bytes-${theme}`);

  // From the table to the edit of the MANIFEST that brought it.
  await tab(view, 'Properties');
  await view
    .getByRole('link', { name: /edit \d+ of MANIFEST-000002/ })
    .first()
    .click();
  await workbench.tab('MANIFEST-000002').waitFor();
  await closeEditors(workbench);

  const damaged = await open(workbench, 'damaged/000311.ldb', 'lsm-file-map');
  await damaged.locator('.legend', { hasText: 'Damaged' }).waitFor();
  await damaged.locator('lsm-problems', { hasText: 'block checksum mismatch' }).waitFor();
  assert.match(await property(damaged, 'Damaged').innerText(), /1 of 174 data blocks/);
  await assertClean(workbench, damaged, `table-damaged-${theme}`);
  await closeEditors(workbench);

  const alone = await open(workbench, 'alone.ldb', 'lsm-file-map');
  await alone.locator('.placeholder', { hasText: 'There is no MANIFEST beside this file.' }).waitFor();
}

async function walkManifest(workbench: Workbench, theme: ThemeName): Promise<void> {
  const path = join(folder, 's-over', 'MANIFEST-000002');
  const view = await open(workbench, 's-over/MANIFEST-000002', 'lsm-level-map');
  const edits = records(lsm('manifest', path));
  await view.locator('.status', { hasText: `${edits.length} edits` }).waitFor();
  const go = view.locator('#go').getByRole('textbox');
  await go.fill('102');
  await go.press('Enter');
  await view
    .getByRole('row', { name: /compaction of 4 \+ 1 files into 1 at level 1/, selected: true })
    .waitFor();
  const version = JSON.parse(lsm('manifest', path, '--at', '103'));
  const files = version.levels.flatMap((level: { files: unknown[] }) => level.files);
  await view.locator('.total', { hasText: `${files.length} files` }).waitFor();
  await view
    .locator('td.after', { hasText: `${version.lastSequence}` })
    .first()
    .waitFor();

  await view.locator('lsm-level-map').focus();
  await workbench.page.keyboard.press('End');
  await view.locator('dt', { hasText: 'Table' }).first().waitFor();
  const table = (await property(view, 'Table').innerText()).trim();
  assert.ok(files.some((file: { number: number }) => `${file.number}` === table));
  await view.getByRole('button', { name: 'Show only its edits' }).click();
  const touching = edits.filter(
    ({ edit }) =>
      edit.newFiles.some((file: { number: number }) => `${file.number}` === table) ||
      edit.deletedFiles.some((file: { number: number }) => `${file.number}` === table),
  );
  await view.locator(`[role=grid][aria-rowcount="${touching.length + 1}"]`).waitFor();
  await assertClean(workbench, view, `manifest-${theme}`);
  await tab(view, /Checks/);
  await view.locator('dd', { hasText: 'points to this MANIFEST' }).waitFor();
  await view.locator('#check').click();
  await view.locator('.quiet', { hasText: 'Every table was opened.' }).waitFor();
  await assertClean(workbench, view, `manifest-checks-${theme}`);
  await view.locator('#text').click();
  await workbench.page
    .locator('.monaco-editor', { hasText: 'comparator "leveldb.BytewiseComparator"' })
    .first()
    .waitFor();
  await closeEditors(workbench);

  const damaged = await open(workbench, 'damaged/MANIFEST-000002', 'lsm-level-map');
  await damaged.locator('.status', { hasText: '101 edits' }).waitFor();
  await tab(damaged, /Checks/);
  await damaged
    .locator('ul.problems li', { hasText: /bytes at the end|torn|incomplete|truncated|record/i })
    .first()
    .waitFor();
  await assertClean(workbench, damaged, `manifest-damaged-${theme}`);
}

async function walkLog(workbench: Workbench, theme: ThemeName): Promise<void> {
  // By a click in the Databases view.
  await openFromExplorer(workbench, 's-over');
  await workbench.treeItems('Write-ahead logs').first().click();
  await workbench.treeItems('000327.log').first().click();
  const view = workbench.webview();
  await view.locator('lsm-file-map').waitFor();
  const batches = records(lsm('wal', join(folder, 's-over', '000327.log')));
  const operations = batches.flatMap(({ ops }) => ops);
  await view
    .locator('.status', {
      hasText: `${number(batches.length)} batches, ${number(operations.length)} operations`,
    })
    .waitFor();
  await view.locator('#type').click();
  await view.getByRole('option', { name: 'Deletes', exact: true }).click();
  const deletes = operations.filter(({ type }) => type === 'deletion').length;
  await view.locator('.status', { hasText: `${deletes} shown` }).waitFor();
  await view
    .getByRole('row', { name: /delete/ })
    .first()
    .click();
  await tab(view, 'Bytes');
  await view.locator('lsm-bytes [role=option][aria-selected=true]').waitFor();
  await assertClean(workbench, view, `log-${theme}`);
  await closeEditors(workbench);

  await workbench.openView('Explorer');
  const damaged = await open(workbench, 'damaged/000327.log', 'lsm-file-map');
  await tab(damaged, 'Recovery');
  await damaged.locator('dd', { hasText: 'fails: Corruption: checksum mismatch' }).waitFor();
  await damaged.locator('h2', { hasText: 'Sound records that recovery does not read' }).waitFor();
  await damaged.locator('#state', { hasText: 'Live' }).waitFor();
  await tab(damaged, 'Records');
  await damaged
    .getByRole('row', { name: /Damage/ })
    .first()
    .click();
  await damaged.locator('lsm-bytes .title', { hasText: 'damage at 0' }).waitFor();
  await assertClean(workbench, damaged, `log-damaged-${theme}`);
  await closeEditors(workbench);

  const torn = await open(workbench, 'torn/000327.log', 'lsm-file-map');
  await torn.locator('.legend', { hasText: 'Torn tail' }).waitFor();
  await tab(torn, 'Recovery');
  await torn.locator('dd', { hasText: 'a torn tail, as a crash leaves it: no error' }).first().waitFor();
  await torn.locator('.sentence', { hasText: 'There is no MANIFEST beside this file' }).waitFor();
  const sound = records(lsm('wal', join(folder, 'torn', '000327.log'))).filter(({ ops }) => ops);
  const applied = sound.flatMap(({ ops }) => ops).length;
  const text = `${sound.length} batches, ${applied} operations`;
  assert.equal(await torn.locator('dd', { hasText: text }).count(), 2);
}
