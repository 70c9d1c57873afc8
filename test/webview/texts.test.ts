import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
// @ts-expect-error: a script without types
import { glob } from '../../scripts/glob.mjs';
import { WEBVIEW_TEXTS } from '../../webview/protocol/texts';

test('the list of texts is what the webviews say', () => {
  const files: string[] = glob('webview', /\.ts$/);
  const used = files.flatMap((file) => {
    const calls = readFileSync(file, 'utf8').matchAll(/\bt\(\s*'((?:[^'\\]|\\.)*)'/g);
    return [...calls].map(([, text]) => text!.replace(/\\(.)/g, '$1'));
  });
  assert.deepEqual([...new Set(used)].sort(), [...WEBVIEW_TEXTS].sort());
});
