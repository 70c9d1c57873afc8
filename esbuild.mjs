// Builds every bundle under dist/. `--tests` also bundles each test file to dist/test/.
import { readFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import { glob } from './scripts/glob.mjs';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const tests = process.argv.includes('--tests');

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

if (tests) {
  rmSync('dist/test', { recursive: true, force: true });
  await build({
    ...common,
    entryPoints: glob('test', /\.(test|child)\.ts$/),
    outbase: 'test',
    outdir: 'dist/test',
    format: 'esm',
    packages: 'external',
    outExtension: { '.js': '.mjs' },
  });
}
