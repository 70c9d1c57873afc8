// The workbench as a person has it: the packaged extension installed into a real VS Code, in a real browser.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, FrameLocator, Locator, Page } from 'playwright-core';
import { launchBrowser } from '../../scripts/host/browser.mjs';
import { installExtension } from '../../scripts/host/extensions.mjs';
import { packageFile } from '../../scripts/host/packaged.mjs';
import { startServer } from '../../scripts/host/server.mjs';

/** As long as a step may take on a slow machine; a page that is ready waits for nothing. */
const STEP_MS = 60_000;

/** A menu takes no click before. */
const MENU_SETTLE_MS = 500;

const SCREENSHOTS = 'dist/screenshots';

/** The themes that every view is looked at in. */
export const THEMES = {
  dark: 'Dark Modern',
  light: 'Light Modern',
  'high-contrast': 'Default High Contrast',
  'high-contrast-light': 'Default High Contrast Light',
} as const;

export type ThemeName = keyof typeof THEMES;

export interface WorkbenchOptions {
  /** The folder to open, or none. */
  folder?: string;
  settings?: Record<string, unknown>;
  /** Commands on keys, with their arguments. */
  keybindings?: { key: string; command: string; args?: unknown }[];
  /** Added to the environment of the extension host. */
  env?: NodeJS.ProcessEnv;
  theme?: ThemeName;
  /** Ask whether the folder is trusted, as a desktop does; off if not given. */
  workspaceTrust?: boolean;
  viewport?: { width: number; height: number };
}

export class Workbench {
  readonly page: Page;
  /** What the page's console said, webviews included: errors and content security policy reports are among it. */
  readonly console: string[] = [];
  private readonly server: Awaited<ReturnType<typeof startServer>>;
  private readonly browser: Browser;

  private constructor(server: Workbench['server'], browser: Browser, page: Page) {
    this.server = server;
    this.browser = browser;
    this.page = page;
    page.setDefaultTimeout(STEP_MS);
    page.on('console', (message) => this.console.push(`${message.type()}: ${message.text()}`));
  }

  /** Starts a server and a browser and waits for the workbench. Close it, or the server stays until the process ends. */
  static async open(options: WorkbenchOptions = {}): Promise<Workbench> {
    const server = await startServer({
      extensions: installExtension(packageFile()),
      workspaceTrust: options.workspaceTrust ?? false,
      ...(options.keybindings ? { keybindings: options.keybindings } : {}),
      ...(options.env ? { env: options.env } : {}),
      settings: { 'workbench.colorTheme': THEMES[options.theme ?? 'dark'], ...options.settings },
    });
    const browser = await launchBrowser().catch(async (error) => {
      await server.stop();
      throw error;
    });
    const page = await browser.newPage({ viewport: options.viewport ?? { width: 1400, height: 900 } });
    const workbench = new Workbench(server, browser, page);
    try {
      const query = options.folder ? `?${new URLSearchParams({ folder: options.folder })}` : '';
      await page.goto(`${server.url}/${query}`);
      await workbench.ready();
    } catch (error) {
      await workbench.screenshot('failed-to-open').catch(() => {});
      await workbench.close();
      throw new Error(`the workbench did not open: ${(error as Error).message}\n${server.log()}`);
    }
    return workbench;
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
  }

  /** Loads the page again, as a person who presses F5. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.ready();
  }

  /** Opens the command palette, types, and takes the first command that has this label (`LSM: Refresh`). */
  async runCommand(label: string): Promise<void> {
    const deadline = Date.now() + STEP_MS;
    for (;;) {
      const rows = await this.listCommands(label);
      try {
        await rows.filter({ hasText: label }).first().click({ timeout: 2000 });
        return;
      } catch (error) {
        // A view that takes the focus between the two closes the palette.
        if (Date.now() > deadline) throw error;
      }
    }
  }

  /** Opens the command palette with something typed, and leaves it open; `closeQuickInput` ends it. */
  async listCommands(typed: string): Promise<Locator> {
    const matches = this.quickInput.locator('.monaco-list-row').filter({ hasText: typed });
    const deadline = Date.now() + STEP_MS;
    for (;;) {
      try {
        await this.page.keyboard.press('F1');
        // A view that takes the focus meanwhile closes the palette.
        await this.quickInput.locator('input').fill(`>${typed}`, { timeout: 2000 });
        await matches.first().waitFor({ timeout: 1000 });
        return matches;
      } catch (error) {
        // The palette lists what was registered when it opened: in the first second extensions are missing.
        if (Date.now() > deadline) throw error;
        await this.closeQuickInput();
      }
    }
  }

  /** The palette, a pick list, or an input box. */
  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget:visible');
  }

  async closeQuickInput(): Promise<void> {
    const deadline = Date.now() + STEP_MS;
    for (;;) {
      await this.page.keyboard.press('Escape');
      try {
        return await this.quickInput.waitFor({ state: 'hidden', timeout: 5000 });
      } catch (error) {
        // A key that was pressed before may have opened it again.
        if (Date.now() > deadline) throw error;
      }
    }
  }

  /** Clicks a container in the activity bar, unless it is open. */
  async openView(title: string): Promise<void> {
    const tab = this.page.locator('.activitybar').getByRole('tab', { name: title });
    if ((await tab.getAttribute('aria-selected')) !== 'true') await tab.click();
    await this.page.locator('.sidebar .title-label', { hasText: title }).waitFor();
  }

  /** Rows of the trees in the side bar that are drawn now. */
  treeItems(text?: string | RegExp): Locator {
    const rows = this.page.locator('.sidebar [role="treeitem"]');
    return text === undefined ? rows : rows.filter({ hasText: text });
  }

  /**
   * Chooses from a row's context menu. A menu ignores a click that comes too soon after it opened, and goes away when
   * the tree is drawn again meanwhile: then it is opened once more. `isDone` tells what the choice leads to, where the
   * target may be gone then.
   */
  async chooseFromMenu(
    target: Locator,
    name: string,
    isDone: () => Promise<boolean> = async () => false,
  ): Promise<void> {
    const item = this.page.getByRole('menuitem', { name });
    const within = (state: 'visible' | 'hidden') =>
      item.waitFor({ state, timeout: 2000 }).then(
        () => true,
        () => false,
      );
    let clicked = false;
    for (let attempt = 0; attempt < 10; attempt++) {
      if (!(await item.isVisible())) {
        // On a slow machine it went away later than was waited for.
        if (clicked || (await isDone())) return;
        // Another row's menu would be in the way.
        await this.page.keyboard.press('Escape');
        await target.click({ button: 'right' });
      }
      if (!(await within('visible'))) continue;
      await this.page.waitForTimeout(MENU_SETTLE_MS);
      clicked = await item.click({ timeout: 2000 }).then(
        () => true,
        () => false,
      );
      if (clicked && (await within('hidden'))) return;
    }
    throw new Error(`the menu did not take "${name}"`);
  }

  /** Opens a file by its path relative to the folder, with the editor that is its default. */
  async openFile(path: string): Promise<void> {
    const name = path.split('/').at(-1)!;
    const directory = path.split('/').slice(0, -1).join('/');
    const row = this.quickInput
      .locator('.monaco-list-row')
      .filter({ hasText: name })
      .filter({ hasText: directory })
      .first();
    const deadline = Date.now() + STEP_MS;
    for (;;) {
      try {
        // A page that has the keyboard takes the shortcut; the title bar's field opens the same list.
        await this.page.locator('.command-center .command-center-center').first().click({ timeout: 2000 });
        await this.quickInput.locator('input').fill(path, { timeout: 2000 });
        await row.click({ timeout: 3000 });
        await this.tab(name).first().waitFor({ timeout: 5000 });
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
  }

  /** An editor's tab. */
  tab(name: string): Locator {
    return this.page.locator('.tabs-container').getByRole('tab', { name });
  }

  /**
   * Closes the active editor and waits until the webviews that stay are in place: the workbench draws them over their
   * editors late, now and then not before its next layout, and a click would meet the title bar.
   */
  async closeEditor(): Promise<void> {
    await this.runCommand('View: Close Editor');
    const deadline = Date.now() + STEP_MS;
    for (let attempt = 1; !(await this.page.evaluate(areWebviewsInPlace)); attempt++) {
      if (Date.now() > deadline) throw new Error('a webview lies over the title bar');
      await this.page.waitForTimeout(200);
      if (attempt % 10 > 0) continue;
      const { width, height } = this.page.viewportSize()!;
      await this.page.setViewportSize({ width: width + 1, height });
      await this.page.setViewportSize({ width, height });
    }
  }

  /** Until the message of what was under way has gone: the others move then, and one that is clicked meanwhile loses it. */
  async progressIsOver(): Promise<void> {
    const cancel = this.page.getByRole('button', { name: 'Cancel', exact: true });
    await this.page.locator('.notification-toast', { has: cancel }).waitFor({ state: 'hidden' });
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-toast').filter({ hasText: text });
  }

  /** A modal dialog of the workbench. */
  get dialog(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  /** The content of a webview: the only visible one, or the nth in the page's order. */
  webview(nth = 0): FrameLocator {
    return this.page
      .locator('iframe.webview.ready')
      .nth(nth)
      .contentFrame()
      .locator('#active-frame')
      .contentFrame();
  }

  /** Writes dist/screenshots/<name>.png: of the window, or of one element. */
  async screenshot(name: string, of: Locator | Page = this.page): Promise<string> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    const path = join(SCREENSHOTS, `${name}.png`);
    await of.screenshot({ path });
    return path;
  }

  private async ready(): Promise<void> {
    await this.page.locator('.monaco-workbench').waitFor();
    await this.page.locator('.activitybar [role="tab"]').first().waitFor();
    // A name in the status bar means that the extension host's side is there.
    await this.page.locator('.statusbar [id="status.host"]').waitFor();
  }
}

/** In the page: whether every webview that is shown lies below the title bar. */
function areWebviewsInPlace(): boolean {
  const { bottom } = document.querySelector('.part.titlebar')!.getBoundingClientRect();
  return [...document.querySelectorAll('iframe.webview.ready')]
    .map((view) => view.getBoundingClientRect())
    .every(({ top, height }) => height === 0 || top >= bottom);
}
