// Builds every bundle under dist/. `--tests` also bundles each test to dist/test/, `--bench` the benchmark to
// dist/bench/.
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { build } from 'esbuild';
import { glob } from './scripts/glob.mjs';
import { buildKernel, kernelPlugin } from './scripts/kernel.mjs';
import { vscodePlugin } from './scripts/vscode-plugin.mjs';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

await buildKernel();

/** @type {import('esbuild').BuildOptions} */
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  plugins: [kernelPlugin],
  sourcemap: true,
  logLevel: 'warning',
  // What traces say who made them.
  define: { __LSM_VERSION__: JSON.stringify(version) },
};

await build({
  ...common,
  entryPoints: { cli: 'src/cli/main.ts' },
  outdir: 'dist',
  format: 'cjs',
  banner: { js: '#!/usr/bin/env node' },
  // V8 looks over all of it at each start.
  minify: true,
});

// The extension, its workers, and the helper of both the workers and the command line: a thread's entry is a file of its own.
await build({
  ...common,
  entryPoints: {
    extension: 'src/extension/extension.ts',
    ...Object.fromEntries(
      glob('src/worker/entries', /\.ts$/).map((path) => [`workers/${basename(path, '.ts')}`, path]),
    ),
    helper: 'src/worker/helper.ts',
  },
  outdir: 'dist',
  format: 'cjs',
  plugins: [kernelPlugin, vscodePlugin],
  minify: true,
});

// The webview apps, with what they share in chunks of its own; and the icons' font.
rmSync('dist/webview', { recursive: true, force: true });
await build({
  bundle: true,
  platform: 'browser',
  target: 'es2022',
  format: 'esm',
  splitting: true,
  minify: true,
  logLevel: 'warning',
  entryPoints: Object.fromEntries(
    glob('webview', /main\.ts$/).map((path) => [basename(dirname(path)), path]),
  ),
  outdir: 'dist/webview',
  chunkNames: 'chunk-[hash]',
});
for (const file of ['codicon.css', 'codicon.ttf']) {
  copyFileSync(`node_modules/@vscode/codicons/dist/${file}`, `dist/webview/${file}`);
}

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

/** The tests that run inside VS Code: one file, whose `run` it calls. */
async function buildHostTests() {
  const tests = glob('test/host', /\.test\.ts$/).map((path) => `import ${JSON.stringify(`./${path}`)};`);
  await build({
    ...common,
    stdin: {
      contents: [...tests, "export { run } from './test/host/runner';"].join('\n').replaceAll('\\\\', '/'),
      resolveDir: '.',
    },
    outfile: 'dist/test/host/index.js',
    format: 'cjs',
    external: ['vscode'],
  });
}

if (process.argv.includes('--tests')) {
  await buildPrograms('test', /^test[\\/](?!host[\\/]).*\.(test|child)\.ts$/);
  await buildHostTests();
}
if (process.argv.includes('--bench')) await buildPrograms('bench', /(main|\.child)\.ts$/);
