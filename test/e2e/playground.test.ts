// The playground as a person has it, on the installed package: opened from the palette and from the walkthrough, a lesson
// gone through by its buttons.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FrameLocator } from 'playwright-core';
import { accessibilityProblems } from './accessibility';
import { Workbench } from './workbench';

let workbench: Workbench;
let view: FrameLocator;

before(async () => {
  workbench = await Workbench.open();
});

after(async () => {
  await workbench?.close();
});

async function playground(title: string): Promise<void> {
  view = workbench.webview();
  await view.getByRole('heading', { name: title, exact: true }).waitFor();
  await view.locator('lsm-level-map').waitFor();
}

/** Of both themes; the dark one is there at first. */
async function screenshots(name: string): Promise<void> {
  for (const theme of ['light', 'dark']) {
    await workbench.runCommand('Preferences: Toggle between Light/Dark Themes');
    await view.locator(`body.vscode-${theme}`).waitFor();
    await workbench.screenshot(`${name}-${theme}`);
  }
}

async function closeAll(): Promise<void> {
  await workbench.runCommand('View: Close All Editors');
  await workbench.page.locator('iframe.webview.ready').first().waitFor({ state: 'detached' });
}

test('the palette opens a playground, which runs, names what it does, loses its power, and recovers', async () => {
  await workbench.runCommand('LSM: Open Playground');
  await playground('Playground');
  await view.locator('#run').click();
  await view.locator('.work[data-kind=size]').waitFor({ timeout: 60_000 });
  await view.locator('#run').click();
  await view.locator('#run', { hasText: 'Run' }).waitFor();
  assert.ok(Number((await view.locator('[data-name=work-minor]').innerText()).replaceAll(',', '')) > 0);
  assert.deepEqual(await accessibilityProblems(view), []);
  await screenshots('playground');
  await view.locator('#plug').click();
  await view.locator('#stepped').uncheck();
  await view.locator('#recover').click();
  assert.match(await view.locator('#recovery summary').innerText(), /^Recovered: /);
  await closeAll();
});

test('the walkthrough opens a lesson, which is gone through by its buttons', async () => {
  const step = workbench.page.locator('.getting-started-step').filter({ hasText: 'Recovery' });
  for (let attempt = 0; attempt < 5 && !(await step.isVisible()); attempt++) {
    // The list grows while the extensions are read; what was typed before may choose nothing.
    await workbench.runCommand('Welcome: Open Walkthrough');
    const row = workbench.quickInput.locator('.monaco-list-row').filter({ hasText: 'Learn How' });
    await workbench.quickInput.locator('input').fill('Learn How an LSM Tree Works');
    await row.click({ timeout: 5000 }).catch(() => workbench.closeQuickInput());
    await step.waitFor({ timeout: 5000 }).catch(() => {});
  }
  await step.click();
  await workbench.screenshot('walkthrough');
  await step.getByRole('button', { name: 'Open in the playground' }).click();
  await playground('Playground: Recovery');
  const steps = view.locator('.lesson li');
  const count = await steps.count();
  assert.equal(count, 5);
  for (let done = 0; done < count; done++) {
    for (let i = 0; i < 50 && (await view.locator('.lesson li.done').count()) === done; i++) {
      await view.locator('#lesson-step').click();
      await view.locator('#lesson-step[aria-disabled=true]').waitFor({ state: 'detached' });
      // A step that runs ends by itself.
      await view.locator('#run', { hasText: 'Run' }).waitFor({ timeout: 60_000 });
    }
    assert.equal(await view.locator('.lesson li.done').count(), done + 1);
  }
  await view.locator('#lesson-done').waitFor();
  assert.match(await view.locator('#recovery summary').innerText(), /acknowledged writes are lost\./);
  await screenshots('playground-lesson');
  assert.deepEqual(await accessibilityProblems(view), []);
  await view.locator('#next-lesson').click();
  await playground('Playground: Why deletes take space');
});

test('no content security policy was broken', () => {
  assert.deepEqual(
    workbench.console.filter((line) => /Content Security Policy/i.test(line) && /webview|lsm/i.test(line)),
    [],
  );
});
