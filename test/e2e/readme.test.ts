// The screenshot that the README begins with: `npm test -- --tier e2e readme --rewrite` takes it anew.

import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeSample } from '../../scripts/sample.mjs';
import { openFromExplorer } from './open-database';
import { Workbench } from './workbench';

const SCREENSHOT = 'docs/screenshot.png';

test('the README begins with a screenshot of the main job', async () => {
  const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'lsm-e2e-readme-')));
  const folder = await makeSample(join(temporary, 'sample'));
  const workbench = await Workbench.open({ folder, viewport: { width: 1280, height: 720 } });
  try {
    await openFromExplorer(workbench, 'three-levels');
    const database = workbench.treeItems(/three-levels.*tables/).first();
    await workbench.treeItems(/Level 1/).click();
    await workbench.chooseFromMenu(database, 'Browse Keys');
    const view = workbench.webview();
    await view.getByRole('row').nth(3).click();
    await view.locator('pre').first().waitFor();
    // No tooltip, and no button that shows under the pointer.
    await workbench.page.mouse.move(700, 20);
    await workbench.page.locator('.monaco-hover:visible').waitFor({ state: 'detached' });
    const path = await workbench.screenshot('readme');
    if (process.env.LSM_REWRITE) copyFileSync(path, SCREENSHOT);
  } finally {
    await workbench.close();
    rmSync(temporary, { recursive: true });
  }
  const lines = readFileSync('README.md', 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  assert.match(lines[1], new RegExp(`^!\\[.+\\]\\(${SCREENSHOT}\\)$`));
  const beginning = lines.slice(2, 12).join('\n');
  assert.match(beginning, /npm start/);
  assert.match(beginning, /npm test/);
  assert.deepEqual([...readFileSync(SCREENSHOT).subarray(1, 4)], [...Buffer.from('PNG')]);
});
