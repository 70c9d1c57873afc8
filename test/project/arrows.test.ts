// The rooms' arrows are rules of the linter: each forbidden import must be refused, and its neighbour that is
// allowed must pass, or the rules have been lost.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';

const cases: [file: string, imported: string, allowed: boolean][] = [
  ['src/engine/db/a.ts', '../bytes/u64', true],
  ['src/engine/db/b.ts', 'node:fs', false],
  ['src/engine/db/c.ts', '../env/node', false],
  ['src/engine/db/d.ts', 'vscode', false],
  ['src/engine/db/e.ts', '../../cli/main', false],
  ['src/engine/env/node-a.ts', 'node:fs', true],
  ['src/engine/env/node-b.ts', 'vscode', false],
  ['src/cli/a.ts', '../engine/db/scan', true],
  ['src/cli/b.ts', 'vscode', false],
  ['src/cli/c.ts', '../extension/extension', false],
  ['src/extension/a.ts', 'vscode', true],
  ['src/extension/b.ts', '../engine/db/scan', false],
  ['webview/ui/a.ts', '../protocol/messages', true],
  ['webview/ui/b.ts', '../../src/engine/db/scan', false],
  ['webview/ui/c.ts', 'node:fs', false],
];

test('imports against the arrows are refused, others are not', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lsm-arrows-'));
  try {
    cpSync('biome.json', join(folder, 'biome.json'));
    for (const [file, imported] of cases) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), `import * as a from '${imported}';\nexport const b = a;\n`);
    }
    const biome = resolve('node_modules/@biomejs/biome/bin/biome');
    const argv = [biome, 'lint', '--vcs-enabled=false', '--reporter=github', '--max-diagnostics=100'];
    const { stdout, stderr } = spawnSync(process.execPath, argv, { cwd: folder, encoding: 'utf8' });
    for (const [file, imported, allowed] of cases) {
      const refused = stdout.includes(file);
      assert.equal(refused, !allowed, `${file} importing ${imported}\n${stdout}${stderr}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
