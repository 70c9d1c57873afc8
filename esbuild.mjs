// Builds every bundle under dist/. `--tests` also bundles each test file to dist/test/.
import { rmSync } from 'node:fs';
import { glob } from './scripts/glob.mjs';
import { build } from 'esbuild';

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
