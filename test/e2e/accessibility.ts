import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { FrameLocator } from 'playwright-core';

/** What axe-core finds wrong in a webview, one line for each element; empty if nothing. */
export async function accessibilityProblems(view: FrameLocator, options: RunOptions = {}): Promise<string[]> {
  const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const frame = await (await view.locator('html').elementHandle())?.ownerFrame();
  if (!frame) throw new Error('the webview is gone');
  // A debugger's evaluation, which the page's content security policy does not bind.
  await frame.evaluate(source);
  const results = await frame.evaluate(async (runOptions) => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    return (await axe.run(document, runOptions)) as AxeResults;
  }, options);
  return results.violations.flatMap(({ id, impact, help, nodes }) =>
    nodes.map(({ target, html }) => `${id} (${impact}): ${help}: ${target.join(' ')}: ${html.slice(0, 200)}`),
  );
}
