// The packaged extension, installed as a person would.
import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeSample } from '../../scripts/sample.mjs';
import { Workbench } from './workbench';

const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'lsm-e2e-')));
let workbench: Workbench;

before(async () => {
  workbench = await Workbench.open({ folder: await makeSample(join(temporary, 'sample')) });
});

after(async () => {
  await workbench?.close();
  rmSync(temporary, { recursive: true });
});

test('the palette lists the commands', async () => {
  const rows = await workbench.listCommands('LSM:');
  assert.ok((await rows.count()) > 1);
  await workbench.closeQuickInput();
});

test('a command activates the extension', async () => {
  await workbench.runCommand('LSM: Find Databases in Workspace');
  await workbench.quickInput.locator('.monaco-list-row', { hasText: 'three-levels' }).waitFor();
  await workbench.closeQuickInput();
});
