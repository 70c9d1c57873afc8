// Builds and makes dist/lsm-inspector-<version>.vsix, one for every platform: no native code is inside.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { packageFile } from './host/packaged.mjs';
import { isInstalled, npm } from './install.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
if (!isInstalled() && !npm(['ci', '--ignore-scripts'])) process.exit(1);

const vsix = packageFile();
const vsce = createRequire(import.meta.url).resolve('@vscode/vsce/vsce');

for (const argv of [
  ['esbuild.mjs'],
  // Everything is bundled, and there is no public repository for links to point into.
  [
    vsce,
    'package',
    '--no-dependencies',
    '--allow-missing-repository',
    '--no-rewrite-relative-links',
    '--out',
    vsix,
  ],
]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  if (status !== 0) {
    console.error(`Step failed: ${argv.join(' ')}\n${stdout}${stderr}`);
    process.exit(status ?? 1);
  }
}
console.log(`${vsix}: ${(statSync(vsix).size / 1024).toFixed(0)} KB`);
