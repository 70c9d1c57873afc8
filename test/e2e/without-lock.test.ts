// A machine on which nothing can hold a database's lock: what a person is asked, and what comes of the answers.

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { Peer } from '../helpers/leveldb';
import { openFromExplorer } from './open-database';
import { Workbench } from './workbench';

const fixtures = resolve(process.env.LSM_FIXTURES ?? '../shared/fixtures');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lsm-e2e-without-lock-')));
const programs = mkdtempSync(join(tmpdir(), 'lsm-e2e-programs-'));
const database = join(folder, 's-over');
let workbench: Workbench;

before(async () => {
  cpSync(join(fixtures, 's-over'), database, { recursive: true });
  // SQLite lets be what is not empty.
  writeFileSync(join(database, 'LOCK'), 'kept');
  // As if started by `code`: else the server takes PATH from a login shell.
  workbench = await Workbench.open({ folder, env: { PATH: programs, VSCODE_CLI: '1' } });
});

after(async () => {
  await workbench?.close();
  rmSync(folder, { recursive: true });
  rmSync(programs, { recursive: true });
});

function filesOf(): Record<string, string> {
  const names = readdirSync(database);
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(database, name), 'base64')]));
}

test('Apply asks where no lock can be held: Cancel changes nothing, "Apply without a Lock" applies', async () => {
  const untouched = filesOf();
  await openFromExplorer(workbench, 's-over');
  await workbench.chooseFromMenu(workbench.treeItems(/s-over.*tables/), 'Compact Database…');
  const view = workbench.webview();
  await view.getByText('Nothing has been changed yet.').waitFor();
  const apply = view.getByRole('button', { name: 'Apply', exact: true });
  await apply.click();
  const question = workbench.dialog.filter({ hasText: 'Nothing here can hold the lock of s-over.' });
  await question.waitFor();
  await workbench.screenshot('without-lock-question');
  await question.getByRole('button', { name: 'Cancel' }).click();
  await view.getByText(/no lock can be held here/).waitFor();
  await workbench.screenshot('without-lock-refused');
  assert.deepEqual(filesOf(), untouched);
  assert.deepEqual(readdirSync(folder), ['s-over']);

  await apply.click();
  await question.getByRole('button', { name: 'Apply without a Lock' }).click();
  await view.getByText('No lock was held.').waitFor();
  await workbench.screenshot('without-lock-applied');
  const copy = join(folder, 'copy');
  cpSync(database, copy, { recursive: true });
  const peer = await Peer.open(copy);
  assert.equal((await peer.digest()).entries, 5265);
  await peer.close();
});
