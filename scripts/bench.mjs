// Builds the benchmark and runs it; arguments are passed on. See bench/README.md.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

for (const argv of [
  ['esbuild.mjs', '--bench'],
  ['dist/bench/main.mjs', ...process.argv.slice(2)],
]) {
  const { status } = spawnSync(process.execPath, argv, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
