// The Databases view, as a person uses it, on the installed package. What it shows is held against `lsm` and the disk.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { hashFolder } from '../helpers/hash-folder';
import { openFromExplorer } from './open-database';
import { Workbench } from './workbench';

const fixtures = resolve(process.env.LSM_FIXTURES ?? '../shared/fixtures');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lsm-e2e-')));
let workbench: Workbench;
let untouched: string;

interface Info {
  levels: { level: number; bytes: number; files: { number: number; size: number }[] }[];
  logs: { number: number; live: boolean }[];
}

/** What the command line says of a database. */
function info(name: string): Info {
  const { stdout } = spawnSync(process.execPath, ['dist/cli.js', 'info', join(folder, name), '--json']);
  return JSON.parse(stdout.toString());
}

before(async () => {
  for (const name of ['s-over', 's-rand'])
    cpSync(join(fixtures, name), join(folder, name), { recursive: true });
  const damaged = join(folder, 'damaged');
  cpSync(join(fixtures, 's-rand'), damaged, { recursive: true });
  const table = join(damaged, '000015.ldb');
  const bytes = readFileSync(table);
  bytes[5000] ^= 0xff;
  writeFileSync(table, bytes);
  mkdirSync(join(folder, 'empty'));
  untouched = hashFolder(folder);
  workbench = await Workbench.open({ folder });
  // Menus have the extension's entries once its view is there.
  await workbench.openView('LSM');
});

after(async () => {
  await workbench.close();
  rmSync(folder, { recursive: true });
});

function row(label: string | RegExp) {
  return workbench.treeItems(label).first();
}

test('a folder is opened from the explorer, and its levels and tables are those of `lsm info`', async () => {
  await openFromExplorer(workbench, 's-over');
  await row(/s-over.*tables/).waitFor();
  const { levels, logs } = info('s-over');
  for (const { level, files } of levels) {
    const label = files.length === 1 ? '1 table' : `${files.length} tables`;
    await row(new RegExp(`Level ${level}\\s*${label}`)).waitFor();
  }
  await row(/Level 0/).click();
  for (const { number } of levels[0].files) await row(`${String(number).padStart(6, '0')}.ldb`).waitFor();
  await row('Write-ahead logs').click();
  for (const { number, live } of logs) {
    await row(new RegExp(`${String(number).padStart(6, '0')}.log.*${live ? 'live' : 'stale'}`)).waitFor();
  }
  // Every size in a tooltip is the MANIFEST's as `lsm` tells it, and the file's on disk.
  for (const { number, size } of levels[0].files) {
    const name = `${String(number).padStart(6, '0')}.ldb`;
    assert.equal(statSync(join(folder, 's-over', name)).size, size);
    await row(name).hover();
    const hover = workbench.page.locator('.monaco-hover:visible', { hasText: name });
    await hover
      .filter({ hasText: new RegExp(`${size}\\b`) })
      .first()
      .waitFor();
    // The next tooltip must be another row's.
    await workbench.page.mouse.move(900, 500);
    await hover.first().waitFor({ state: 'hidden' });
  }
  await workbench.screenshot('databases');
});

test('a damaged database is verified: the file and the offset are told', async () => {
  await openFromExplorer(workbench, 'damaged');
  await workbench.chooseFromMenu(row(/damaged.*tables/), 'Verify Database');
  await workbench.notification(/damaged is damaged/).waitFor();
  await workbench.progressIsOver();
  await workbench
    .notification(/damaged is damaged/)
    .getByRole('button', { name: 'Show Problems' })
    .click();
  const problem = workbench.page
    .locator('.markers-panel')
    .getByRole('treeitem', { name: /block checksum mismatch/ });
  await problem.first().waitFor();
  const { stdout } = spawnSync(process.execPath, [
    'dist/cli.js',
    'verify',
    join(folder, 'damaged'),
    '--json',
  ]);
  const [error] = JSON.parse(stdout.toString()).problems.filter(
    ({ severity }: { severity: string }) => severity === 'error',
  );
  assert.match(await problem.first().innerText(), new RegExp(`at byte ${error.offset}`));
  await workbench.screenshot('verified');
});

test('a folder that is no database says so, and what was wrong', async () => {
  await openFromExplorer(workbench, 'empty');
  await workbench.notification(/empty cannot be opened: not a LevelDB database/).waitFor();
});

test('which databases are open survives a reload, and closing forgets them', async () => {
  await workbench.reload();
  await row('s-over').waitFor();
  await workbench.chooseFromMenu(row('empty'), 'Close Database');
  await workbench.treeItems('empty').waitFor({ state: 'detached' });
});

test('nothing on disk was changed by all of this', () => {
  assert.equal(hashFolder(folder), untouched);
});
