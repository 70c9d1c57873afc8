// Editing a MANIFEST through its page, on the installed package: every operation by the controls that a person has, with
// what came of it read off the page and, as a script, held against `lsm edit-manifest`.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import type { FrameLocator } from 'playwright-core';
import { makeSnapshotManifest } from '../helpers/large-files';
import { accessibilityProblems } from './accessibility';
import { manifestPage, openManifest } from './manifest-page';
import { type ThemeName, Workbench } from './workbench';

const fixtures = resolve(process.env.LSM_FIXTURES ?? '../shared/fixtures');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lsm-e2e-manifest-')));
const MANIFEST = 'MANIFEST-000002';
let workbench: Workbench;
let view: FrameLocator;
const { tab, button, goTo, selected, edits, changes, undo, field, holds, selectTable } = manifestPage(
  () => view,
);

function copy(fixture: string, name: string): string {
  cpSync(join(fixtures, fixture), join(folder, name), { recursive: true });
  return join(folder, name);
}

copy('s-over', 'over');
copy('s-seq', 'seq');
const damaged = join(copy('s-over', 'damaged'), MANIFEST);
const bytes = readFileSync(damaged);
bytes[260] ^= 0x5a;
writeFileSync(damaged, bytes);
truncateSync(join(copy('s-over', 'torn'), MANIFEST), 7600);
rmSync(join(copy('s-rand', 'missing'), MANIFEST));
const SNAPSHOT_TABLES = 230;
makeSnapshotManifest(join(folder, 'MANIFEST-000009'), SNAPSHOT_TABLES);

before(async () => {
  workbench = await Workbench.open({ folder, settings: { 'files.autoSave': 'off' } });
  await workbench.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await workbench.openView('Explorer');
});

after(async () => {
  await workbench?.close();
  rmSync(folder, { recursive: true });
});

afterEach(async () => {
  if ((await workbench.page.locator('iframe.webview').count()) === 0) return;
  await workbench.runCommand('View: Revert and Close Editor');
  await workbench.page.locator('iframe.webview').first().waitFor({ state: 'detached' });
});

/** The edits that a MANIFEST on the disk has, as `lsm manifest` counts them. */
function editsOf(path: string): number {
  const { stdout } = spawnSync(process.execPath, ['dist/cli.js', 'manifest', join(folder, path), '--json'], {
    maxBuffer: 1 << 28,
  });
  return stdout.toString().trim().split('\n').length;
}

/** The operations in force, as the page's script has them. */
async function script(): Promise<Record<string, unknown>[]> {
  await tab(/^Changes/).click();
  await workbench.page.evaluate(() => navigator.clipboard.writeText(''));
  await button('Copy Script').click();
  for (;;) {
    const text = await workbench.page.evaluate(() => navigator.clipboard.readText());
    if (text !== '') return JSON.parse(text);
    await workbench.page.waitForTimeout(100);
  }
}

test('the fields of an edit are committed one by one; what is wrong is told and not sent', async () => {
  view = await openManifest(workbench, `over/${MANIFEST}`);
  await goTo(3);
  await holds(field('Log number'), '6');
  await field('Log number').fill('0x7');
  await field('Log number').press('Enter');
  await view.getByRole('alert').getByText('A whole number from 0 to 18446744073709551615').waitFor();
  assert.equal(await field('Log number').getAttribute('aria-invalid'), 'true');
  await changes(0);
  await field('Log number').press('Escape');
  await holds(field('Log number'), '6');

  await field('Log number').fill('18446744073709551615');
  await field('Log number').press('Enter');
  await changes(1);
  await field('Previous log number').fill('');
  await field('Previous log number').press('Tab');
  await changes(2);
  await field('table 7: level').fill('9');
  await field('table 7: level').press('Enter');
  await view.getByRole('alert').getByText('A level from 0 to 6').waitFor();
  await field('table 7: level').fill('2');
  await field('table 7: level').press('Enter');
  await changes(3);
  await field('table 7: size').fill('45000');
  await field('table 7: size').press('Enter');
  await changes(4);
  await field('table 7, smallest: user key').fill('user\\x0');
  await field('table 7, smallest: user key').press('Enter');
  await view.getByRole('alert').getByText('A backslash begins').waitFor();
  await field('table 7, smallest: user key').fill('user\\x00');
  await field('table 7, smallest: user key').press('Enter');
  await changes(5);
  await field('table 7, largest: sequence').fill('7');
  await field('table 7, largest: sequence').press('Enter');
  await changes(6);
  await view.getByRole('combobox', { name: 'table 7, largest: type' }).selectOption('deletion');
  await changes(7);
  await selected(3);
  await view.locator('[role=row].changed[aria-rowindex="5"]', { hasText: 'not saved' }).waitFor();
  await workbench.screenshot('manifest-edit-form-dark');

  const place = { edit: 3, level: 2, number: 7 };
  const largest = { userKey: 'user0000005982', sequence: 7 };
  assert.deepEqual(await script(), [
    { op: 'set', edit: 3, field: 'logNumber', value: '18446744073709551615' },
    { op: 'set', edit: 3, field: 'prevLogNumber', value: null },
    { op: 'set-file', edit: 3, level: 1, number: 7, to: { level: 2 } },
    { op: 'set-file', ...place, to: { size: 45000 } },
    {
      op: 'set-file',
      ...place,
      to: { smallest: { userKey: 'user\\x00', sequence: 589, type: 'value' } },
    },
    { op: 'set-file', ...place, to: { largest: { ...largest, type: 'value' } } },
    { op: 'set-file', ...place, to: { largest: { ...largest, type: 'deletion' } } },
  ]);
  await tab('Edit').click();
  for (let left = 6; left >= 0; left--) {
    await undo();
    await changes(left);
  }
  await holds(field('Log number'), '6');
  assert.equal(await button(/^Undo/).isDisabled(), true);
  await view.locator('#redo').click();
  await changes(1);
});

test('lines are added to an edit, and taken out', async () => {
  view = await openManifest(workbench, `over/${MANIFEST}`);
  await goTo(3);
  await button('Add Compaction Pointer…').click();
  await view.getByRole('textbox', { name: 'Level', exact: true }).fill('1');
  await view.getByRole('textbox', { name: 'User key', exact: true }).fill('user\\xff');
  await view.getByRole('textbox', { name: 'Sequence', exact: true }).press('Enter');
  // The sequence is missing.
  await view.getByRole('alert').getByText('A whole number from 0 to 72057594037927935').waitFor();
  await view.getByRole('textbox', { name: 'Sequence', exact: true }).fill('12');
  await view.getByRole('textbox', { name: 'Sequence', exact: true }).press('Enter');
  await changes(1);
  await holds(field('compaction pointer of level 1: user key'), 'user\\xff');
  await field('compaction pointer of level 1: sequence').fill('13');
  await field('compaction pointer of level 1: sequence').press('Enter');
  await changes(2);
  await button('Remove compaction pointer of level 1').click();
  await changes(3);
  await view.locator('table.pointers').waitFor({ state: 'detached' });

  await button('Add Deletion…').click();
  await view.getByRole('textbox', { name: 'Level', exact: true }).fill('2');
  await view.getByRole('textbox', { name: 'Number', exact: true }).fill('99');
  await button('Add').click();
  await view.locator('lsm-add-entry').getByText('table 99 is not in level 2').waitFor();
  await view.locator('lsm-problems').getByText('table 99 is not in level 2').waitFor();
  await view.getByRole('textbox', { name: 'Number', exact: true }).fill('5');
  await button('Add').click();
  await changes(4);
  await field('deletion of table 5: level').fill('3');
  await field('deletion of table 5: level').press('Enter');
  await changes(5);
  await button('Remove deletion of table 5').click();
  await changes(6);

  await button('Add Table…').click();
  await view.getByRole('textbox', { name: 'Level', exact: true }).fill('4');
  await view.getByRole('textbox', { name: 'Number', exact: true }).fill('310');
  await view.getByRole('checkbox', { name: 'Size and range from the file' }).click();
  for (const [name, value] of [
    ['Size', '100'],
    ['Smallest user key', 'a'],
    ['Largest user key', 'b'],
  ] as const) {
    await view.getByRole('textbox', { name, exact: true }).fill(value);
  }
  for (const nth of [0, 1]) {
    await view.locator('lsm-add-entry').getByRole('textbox', { name: 'Sequence' }).nth(nth).fill('5');
  }
  await workbench.screenshot('manifest-add-table');
  await button('Add').click();
  await changes(7);
  await holds(field('table 310, largest: user key'), 'b');
  await button('Remove table 310').click();
  await changes(8);
  await button('Take size and range of table 7 from the file').click();
  // It is in the folder no more.
  await view.locator('lsm-problems').getByText('table 7 is not in the folder').waitFor();
  await changes(8);
});

test('edits are inserted, moved, duplicated, deleted by toolbar, menu and keys', async () => {
  const count = editsOf(`over/${MANIFEST}`);
  view = await openManifest(workbench, `over/${MANIFEST}`);
  await goTo(5);
  await button('Insert Before').click();
  await edits(count + 1);
  await selected(5, /counters only|0 files/);
  await button('Insert After (Insert)').click();
  await edits(count + 2);
  await selected(6);
  await undo();
  await edits(count + 1);
  await undo();
  await edits(count);
  await changes(0);

  await goTo(5);
  await button('Duplicate').click();
  await edits(count + 1);
  await selected(6);
  const grid = view.getByRole('grid', { name: 'Edits' });
  await grid.focus();
  await workbench.page.keyboard.press('Delete');
  await edits(count);
  await workbench.page.keyboard.press('Insert');
  await edits(count + 1);
  await selected(7);
  // The workbench does not hear of it.
  assert.equal(await workbench.page.locator('.statusbar').getByText('OVR', { exact: true }).count(), 0);
  // Twice in a row is two steps.
  await workbench.page.keyboard.press('Alt+ArrowUp');
  await workbench.page.keyboard.press('Alt+ArrowUp');
  await selected(5);
  await workbench.page.keyboard.press('Alt+ArrowDown');
  await selected(6);
  await changes(6);

  await grid.locator('[role=row][aria-rowindex="7"]').click({ button: 'right' });
  await selected(5);
  await view.getByRole('menuitem', { name: /^Delete/ }).waitFor();
  await workbench.screenshot('manifest-menu-dark');
  await workbench.page.keyboard.press('ArrowDown');
  await workbench.page.keyboard.press('ArrowDown');
  await workbench.page.keyboard.press('d');
  await workbench.page.keyboard.press('Enter');
  await edits(count);
  await grid.focus();
  await workbench.page.keyboard.press('Shift+F10');
  await view.getByRole('menuitem', { name: 'Roll Back to Here' }).click();
  await edits(6);
  await selected(5);
  await button('Squash up to Here').click();
  await edits(1);
  await selected(0);
  assert.deepEqual(
    (await script()).map(({ op, edit, at, to }) => [op, edit ?? at, to]),
    [
      ['duplicate-edit', 5, undefined],
      ['delete-edit', 6, undefined],
      ['insert-edit', 7, undefined],
      ['move-edit', 7, 6],
      ['move-edit', 6, 5],
      ['move-edit', 5, 6],
      ['delete-edit', 5, undefined],
      ['roll-back', 5, undefined],
      ['squash', 5, undefined],
    ],
  );
});

test('tables are moved, removed, put back and added; the map shows what differs', async () => {
  const count = editsOf(`seq/${MANIFEST}`);
  view = await openManifest(workbench, `seq/${MANIFEST}`);
  await selectTable(/^table 5,/);
  await view.locator('dd', { hasText: /^5$/ }).waitFor();
  await button('Move to Level…').click();
  await view.getByRole('menuitem', { name: 'Level 6' }).click();
  await edits(count + 1);
  await selected(count, /trivial move of 5/);
  await selectTable(/^table 5, level 2.*only in the saved version/);
  await button('Move Back to Level 2').click();
  await edits(count + 2);
  await view.locator('.legend', { hasText: 'only in the saved version' }).waitFor({ state: 'detached' });
  await undo();
  await edits(count + 1);
  await selectTable(/^table 7,/);
  await button('Remove from the Version').click();
  await edits(count + 2);
  await selectTable(/^table 7,.*only in the saved version/);
  await view.getByText(/Only the saved version has it/).waitFor();
  await button('Put It Back').click();
  await edits(count + 3);
  await selectTable(/^table 9,/);
  await button('Remove from the Version').click();
  await edits(count + 4);
  await button('Take Size and Range from the File').waitFor({ state: 'detached' });
  await selectTable(/^table 11,/);
  await button('Take Size and Range from the File').click();
  await changes(6);

  // The orphan of a flush that did not end.
  await tab('File').click();
  await button('Add Table…').click();
  await view.getByRole('textbox', { name: 'Level', exact: true }).fill('0');
  await view.getByRole('textbox', { name: 'Number', exact: true }).fill('83');
  await view.getByRole('textbox', { name: 'Number', exact: true }).press('Enter');
  await edits(count + 5);
  await goTo(count + 4);
  await view.locator('.legend', { hasText: 'only in the saved version' }).waitFor();
  await selectTable(/^table 83,.*not in the saved version/);
  await workbench.screenshot('manifest-map-dark');
  await tab(/^Checks/).click();
  await view.locator('ul.problems', { hasText: 'table 83 is not below the next file number' }).waitFor();
  await button(/next file number 84/).click();
  await changes(9);
  const operations = await script();
  assert.deepEqual(
    operations.map(({ op }) => op),
    [
      'move-file',
      'remove-file',
      'add-file',
      'set-file',
      'remove-file',
      'set-file',
      'add-file',
      'set-file',
      'set',
    ],
  );
  // `lsm edit-manifest` takes the same script.
  const path = join(folder, 'script.json');
  writeFileSync(path, JSON.stringify(operations));
  const { status, stderr } = spawnSync(process.execPath, [
    'dist/cli.js',
    'edit-manifest',
    join(folder, 'seq'),
    path,
  ]);
  assert.equal(stderr.toString(), '');
  assert.ok(status === 0 || status === 1, `${status}`);

  await view.locator('dt.added', { hasText: 'Added (1)' }).waitFor();
  await view.locator('dt.removed', { hasText: 'Removed (1)' }).waitFor();
  await view.locator('dt.moved', { hasText: 'Moved (1)' }).waitFor();
  await view.locator('del', { hasText: `${count}` }).waitFor();
  await button('Try Opening It').click();
  await view.locator('#trial dt', { hasText: 'Keys lost' }).waitFor();
  const lost = Number(
    await view
      .locator('#trial dd.bad')
      .first()
      .innerText()
      .then((text) => /[\d,]+/.exec(text)![0].replace(',', '')),
  );
  assert.ok(lost > 100, `${lost}`);
  await workbench.screenshot('manifest-changes-dark');
  await button('Squash All').click();
  await edits(1);
  await view.locator('#trial').waitFor({ state: 'detached' });
});

test('problems come with what mends them', async () => {
  const count = editsOf(`over/${MANIFEST}`);
  view = await openManifest(workbench, `over/${MANIFEST}`);
  await tab(/^Checks/).click();
  const errors = view.locator('ul.problems li.error');
  assert.equal(await errors.count(), 0);
  await tab('Edit').click();
  await goTo(count - 1);
  await field('Last sequence').fill('1');
  await field('Last sequence').press('Enter');
  await changes(1);
  await tab(/^Checks \(\d+\)/).click();
  await errors.first().waitFor();
  assert.ok((await errors.count()) > 1);
  await workbench.screenshot('manifest-checks-fixes-dark');
  await errors
    .first()
    .getByRole('button', { name: /last sequence \d+/ })
    .click();
  await changes(2);
  await errors.first().waitFor({ state: 'detached' });
  await view.locator('#check').click();
  await view.getByText('Every table was opened.').waitFor();
});

test('damage is kept, mended or dropped', async () => {
  view = await openManifest(workbench, `damaged/${MANIFEST}`);
  const row = view.getByRole('row', { name: /DAMAGE/ });
  await row.click();
  await view.getByRole('group', { name: 'Fixes' }).first().waitFor();
  await workbench.screenshot('manifest-damage-dark');
  await row.click({ button: 'right' });
  await view.getByRole('menuitem', { name: /^keep the sound records/ }).click();
  await changes(1);
  await row.waitFor({ state: 'detached' });
  await undo();
  await row.waitFor();
  await tab(/^Changes/).click();
  await button('Keep Sound Records').click();
  await changes(1);
  await undo();
  await button('Drop Damage').click();
  await changes(1);
  await row.waitFor({ state: 'detached' });
  await button('Drop Damage').waitFor({ state: 'detached' });
});

test('a tail is dropped', async () => {
  view = await openManifest(workbench, `torn/${MANIFEST}`);
  await tab(/^Changes/).click();
  await button('Drop Tail').click();
  await changes(1);
  await button('Drop Tail').waitFor({ state: 'detached' });
  assert.deepEqual(await script(), [{ op: 'drop-tail' }]);
});

test('a MANIFEST that is missing is rebuilt, in the page that says so', async () => {
  const text = readFileSync(join(folder, 'missing', 'CURRENT'), 'utf8').trim();
  assert.equal(text, MANIFEST);
  // Nothing in the explorer stands for it: its editor is restored, or opened before it goes.
  cpSync(join(fixtures, 's-rand', MANIFEST), join(folder, 'missing', MANIFEST));
  // Two of its tables were not finished: they are left out.
  view = await openManifest(workbench, `missing/${MANIFEST}`);
  rmSync(join(folder, 'missing', MANIFEST));
  await view.getByText(`There is no ${MANIFEST} in the folder`).waitFor();
  await workbench.screenshot('manifest-missing-dark');
  await button('Rebuild from Tables').click();
  await edits(1);
  await view.locator('.total', { hasText: '6 files' }).waitFor();
  await tab(/^Changes/).click();
  await button('Try Opening It').click();
  await view.locator('#trial', { hasText: 'LevelDB would open it.' }).waitFor();
  await undo();
  await view.getByText(`There is no ${MANIFEST} in the folder`).waitFor();
});

test('long lists come in pages, and are filtered by a table', async () => {
  view = await openManifest(workbench, 'MANIFEST-000009');
  const rows = view.locator('table.additions tbody');
  await rows.nth(99).waitFor();
  assert.equal(await rows.count(), 100);
  await button('Show more').click();
  await rows.nth(199).waitFor();
  await button('Show more').click();
  await rows.nth(SNAPSHOT_TABLES - 1).waitFor();
  assert.equal(await button('Show more').count(), 0);
  await field('Only lines of this table').fill('205');
  await field('Only lines of this table').press('Enter');
  await rows.nth(1).waitFor({ state: 'detached' });
  await field('table 205: size').fill('77');
  await field('table 205: size').press('Enter');
  await changes(1);
  assert.equal(await rows.count(), 1);
});

for (const theme of ['light', 'high-contrast'] as ThemeName[]) {
  test(`the page is accessible in the ${theme} theme`, async () => {
    const themed = await Workbench.open({ folder, theme, settings: { 'files.autoSave': 'off' } });
    try {
      await themed.openView('Explorer');
      view = await openManifest(themed, `over/${MANIFEST}`);
      await walk(themed, theme);
    } finally {
      await themed.close();
    }
  });
}

test('the page is accessible in the dark theme', async () => {
  view = await openManifest(workbench, `over/${MANIFEST}`);
  await walk(workbench, 'dark');
  assert.deepEqual(
    workbench.console.filter((line) => /Content Security Policy/i.test(line) && /webview|lsm/i.test(line)),
    [],
  );
});

/** Every tab with something in it. */
async function walk(on: Workbench, theme: ThemeName): Promise<void> {
  const clean = async (name: string) => {
    await on.screenshot(`manifest-${name}-${theme}`);
    assert.deepEqual(await accessibilityProblems(view), [], name);
  };
  const count = editsOf(`over/${MANIFEST}`);
  await tab('Edit').click();
  await goTo(102);
  await button('Add Table…').click();
  await field('Log number').fill('x');
  await field('Log number').press('Enter');
  await view.getByRole('alert').first().waitFor();
  await clean('editing-form');
  await field('Log number').press('Escape');
  await selectTable(/^table/);
  await button('Add Table…').click();
  await clean('editing-file');
  await goTo(count - 1);
  await selectTable(/^table 5,/);
  await button('Remove from the Version').click();
  await changes(1);
  await selectTable(/^table 311,/);
  await button('Move to Level…').click();
  await view.getByRole('menuitem', { name: 'Level 3' }).click();
  await changes(2);
  await selectTable(/only in the saved version/);
  await clean('editing-map');
  await tab('Edit').click();
  await goTo(count + 1);
  await field('Last sequence').fill('1');
  await field('Last sequence').press('Enter');
  await changes(3);
  await tab(/^Checks/).click();
  await view.locator('ul.problems li').first().waitFor();
  await clean('editing-checks');
  await tab(/^Changes/).click();
  await button('Try Opening It').click();
  await view.locator('#trial').waitFor();
  await clean('editing-changes');
  await view.locator('[role=row][aria-selected=true]').click({ button: 'right' });
  await view.getByRole('menuitem', { name: /^Delete/ }).waitFor();
  await clean('editing-menu');
  await on.page.keyboard.press('Escape');
}
