// Compiles the kernel, AssemblyScript in src/engine/kernel/assembly, to dist/kernel.wasm; a plugin puts its bytes into a
// bundle as the module `lsm-kernel`. What has not changed is not compiled again.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { glob } from './glob.mjs';

const SOURCES = 'src/engine/kernel/assembly';
const OUTPUT = 'dist/kernel.wasm';
const STAMP = 'dist/kernel.stamp';

const OPTIONS = [
  `${SOURCES}/index.ts`,
  ...['--outFile', OUTPUT],
  // No allocator and no collector: all memory is the caller's.
  ...['--runtime', 'stub', '--noAssert', '--use', 'abort='],
  ...['-O3', '--converge', '--enable', 'simd'],
];

/** Compiles the kernel if its sources, the compiler or its options are others than last time. */
export async function buildKernel() {
  const hash = createHash('sha256').update(OPTIONS.join(' '));
  for (const path of [...glob(SOURCES, /\.ts$/).sort(), 'node_modules/assemblyscript/package.json']) {
    hash.update(path).update(readFileSync(path));
  }
  const stamp = hash.digest('hex');
  if (existsSync(OUTPUT) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === stamp) return;
  // Loading the compiler takes a second.
  const { default: asc } = await import('assemblyscript/asc');
  mkdirSync('dist', { recursive: true });
  const { error, stderr } = await asc.main(OPTIONS);
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  writeFileSync(STAMP, stamp);
}

/** @type {import('esbuild').Plugin} */
export const kernelPlugin = {
  name: 'kernel',
  setup(build) {
    build.onResolve({ filter: /^lsm-kernel$/ }, ({ path }) => ({ path, namespace: 'kernel' }));
    build.onLoad({ filter: /./, namespace: 'kernel' }, () => ({
      contents: readFileSync(OUTPUT),
      loader: 'binary',
    }));
  },
};
