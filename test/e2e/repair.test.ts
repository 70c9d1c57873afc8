// A damaged database repaired as a person does it, on the installed package: dry run, look, apply.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { hashFolder } from '../helpers/hash-folder';
import { accessibilityProblems } from './accessibility';
import { DatabasesFolder } from './databases-folder';
import { DryRunPage } from './dry-run';
import { openFromExplorer } from './open-database';
import { Workbench } from './workbench';

const databases = new DatabasesFolder();
const folder = databases.path;
const database = databases.add('s-over');
let workbench: Workbench;

before(async () => {
  const tables = readdirSync(database).filter((name) => name.endsWith('.ldb'));
  const path = join(database, tables[0]);
  const bytes = readFileSync(path);
  bytes[2000] ^= 0xff;
  writeFileSync(path, bytes);
  const log = join(database, '000327.log');
  const records = readFileSync(log);
  records[40] ^= 0xff;
  writeFileSync(log, records);
  rmSync(join(database, 'CURRENT'));
  workbench = await Workbench.open({ folder });
});

after(async () => {
  await workbench?.close();
  databases.remove();
});

for (const theme of ['dark', 'light', 'high-contrast'] as const) {
  test(`a repair says what comes back and what is lost, in the ${theme} theme`, async () => {
    const themed = theme === 'dark' ? workbench : await Workbench.open({ folder, theme });
    try {
      const untouched = hashFolder(folder);
      await openFromExplorer(themed, 's-over');
      await themed.chooseFromMenu(themed.treeItems(/^s-over/), 'Repair…');
      const page = new DryRunPage(themed);
      await page.tried('Repair: mend what is damaged');
      await page.view.locator('#repair').getByText('written anew').waitFor();
      await page.view
        .locator('#repair')
        .getByText(/operations? behind the damage comes? back/)
        .waitFor();
      await page.view.locator('#repair').getByText('writes before the first batch may be lost').waitFor();
      await themed.screenshot(`repair-${theme}`);
      assert.deepEqual(await accessibilityProblems(page.view), []);
      assert.equal(hashFolder(folder), untouched);
      await page.button('Discard').click();
    } finally {
      if (themed !== workbench) await themed.close();
    }
  });
}

test('offered where a verification finds damage; applied, C++ LevelDB opens it', async () => {
  await workbench.chooseFromMenu(workbench.treeItems(/^s-over/), 'Verify Database');
  await workbench.notification(/s-over is damaged/).waitFor();
  await workbench.progressIsOver();
  await workbench.screenshot('repair-offered');
  await workbench
    .notification(/s-over is damaged/)
    .getByRole('button', { name: 'Repair…' })
    .click();
  const page = new DryRunPage(workbench);
  await page.tried('Repair: mend what is damaged');
  const line = await page.view.locator('#repair li').first().textContent();
  await page.apply();
  const { entries } = await databases.digest('s-over');
  await workbench.screenshot('repair-applied');
  assert.ok(line?.includes(`${entries.toLocaleString('en')} afterwards`), `${line} and ${entries}`);
  // What was repaired is sound.
  await workbench.chooseFromMenu(workbench.treeItems(/^s-over/), 'Repair…');
  await page.view.getByText('There is nothing to do.').waitFor();
  assert.ok(await page.button('Apply').isDisabled());
  await workbench.screenshot('repair-nothing');
});
