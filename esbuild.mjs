// Builds every bundle under dist/. `--tests` also bundles each test to dist/test/, `--bench` the benchmark to
// dist/bench/.
import { readFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import { glob } from './scripts/glob.mjs';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

/** @type {import('esbuild').BuildOptions} */
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
};

await build({
  ...common,
  entryPoints: { cli: 'src/cli/main.ts' },
  outdir: 'dist',
  format: 'cjs',
  banner: { js: '#!/usr/bin/env node' },
  define: { __LSM_VERSION__: JSON.stringify(version) },
});

// The extension and its worker: two files, since a worker's entry is a file of its own.
await build({
  ...common,
  entryPoints: { extension: 'src/extension/extension.ts', worker: 'src/worker/main.ts' },
  outdir: 'dist',
  format: 'cjs',
  external: ['vscode'],
  minify: true,
});

/**
 * Bundles programs for Node that stay in the repository.
 * @param {string} folder @param {RegExp} entries
 */
async function buildPrograms(folder, entries) {
  rmSync(`dist/${folder}`, { recursive: true, force: true });
  await build({
    ...common,
    entryPoints: glob(folder, entries),
    outbase: folder,
    outdir: `dist/${folder}`,
    format: 'esm',
    packages: 'external',
    outExtension: { '.js': '.mjs' },
  });
}

if (process.argv.includes('--tests')) await buildPrograms('test', /\.(test|child)\.ts$/);
if (process.argv.includes('--bench')) await buildPrograms('bench', /(main|\.child)\.ts$/);
