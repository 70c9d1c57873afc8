// Every text of the extension has its Chinese one, and package.json's texts are in both files.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
// @ts-expect-error: a script without types
import { glob } from '../../scripts/glob.mjs';

const json = (path: string): Record<string, string> => JSON.parse(readFileSync(path, 'utf8'));

/** The English texts of the extension's and the webviews' code, as `t` takes them. */
function usedTexts(): string[] {
  const files: string[] = [...glob('src/extension', /\.ts$/), ...glob('webview', /\.ts$/)];
  return files.flatMap((file) => {
    const source = readFileSync(file, 'utf8');
    const calls = source.matchAll(/\bt\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g);
    const plurals = source.matchAll(/\bplural\(\s*[^,]+,\s*'((?:[^'\\]|\\.)*)',\s*'((?:[^'\\]|\\.)*)'/g);
    const texts = [
      ...[...calls].map(([, single, double]) => single ?? double),
      ...[...plurals].flatMap(([, one, many]) => [one, many]),
    ];
    return texts.map((text) => text.replace(/\\(.)/g, '$1'));
  });
}

function placeholders(text: string): string {
  return (text.match(/\{\d\}/g) ?? []).sort().join();
}

test('the extension’s texts are all in the Chinese bundle, with the same placeholders', () => {
  const bundle = json('l10n/bundle.l10n.zh-cn.json');
  const used = usedTexts();
  assert.ok(used.length > 150);
  for (const text of used) {
    assert.ok(bundle[text], `no Chinese for: ${text}`);
    assert.equal(placeholders(bundle[text]), placeholders(text), text);
  }
});

test('package.json’s texts are in English and Chinese', () => {
  const manifest = readFileSync('package.json', 'utf8');
  const names = [...manifest.matchAll(/"%([\w.]+)%"/g)].map(([, name]) => name);
  assert.ok(names.length > 15);
  for (const file of ['package.nls.json', 'package.nls.zh-cn.json']) {
    const texts = json(file);
    for (const name of names) assert.ok(texts[name], `${file} lacks ${name}`);
    assert.deepEqual(
      Object.keys(texts).filter((name) => !names.includes(name)),
      [],
      file,
    );
  }
});
