// The one test command: installs what is missing, then lint, types, build and every test.
// `npm test -- PATTERN` runs only the test files whose path contains PATTERN (and skips lint and types).
// `npm test -- --rewrite` rewrites the expected output of the data-driven tests.
// The last line is `N passed, N failed` over all tiers; the exit status is 0 only if nothing failed.
import { spawnSync } from 'node:child_process';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { isInstalled } from './install.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const args = process.argv.slice(2);
const patterns = args.filter((a) => !a.startsWith('--'));
if (args.includes('--rewrite')) process.env.LSM_REWRITE = '1';

let passed = 0;
let failed = 0;

/**
 * Runs one program as a tier of the tests.
 * @param {string} name @param {string} command @param {string[]} argv
 */
function tier(name, command, argv) {
  const started = Date.now();
  const { status, error } = spawnSync(command, argv, {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  const ok = status === 0;
  if (ok) passed++;
  else failed++;
  console.log(
    `${ok ? 'ok' : 'FAILED'}: ${name} (${Date.now() - started} ms)${error ? `: ${error.message}` : ''}`,
  );
  return ok;
}

/** @param {string[]} files */
async function runTests(files) {
  const stream = run({ files, concurrency: 2, timeout: 15 * 60_000 });
  // A file is reported as a test of its own around its tests; count the leaves only.
  stream.on('test:pass', (event) => {
    if (event.details.type !== 'suite' && !isFile(event.name)) passed++;
  });
  stream.on('test:fail', (event) => {
    if (event.details.type === 'suite' || causedBySubtests(event)) return;
    failed++;
  });
  for await (const chunk of stream.compose(spec)) process.stdout.write(chunk);
}

/** @param {string} name */
function isFile(name) {
  return name.endsWith('.mjs');
}

/** @param {{details: {error?: any}}} event */
function causedBySubtests(event) {
  return event.details.error?.failureType === 'subtestsFailed';
}

if (!isInstalled() && !tier('install', 'npm', ['ci', '--ignore-scripts'])) {
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(1);
}
if (patterns.length === 0) {
  tier('lint', 'npx', ['biome', 'ci', '--error-on-warnings']);
  tier('types', 'npx', ['tsc', '-b']);
}
if (tier('build', process.execPath, ['esbuild.mjs', '--tests'])) {
  const { glob } = await import('./glob.mjs');
  const files = glob('dist/test', /\.test\.mjs$/).filter(
    (file) => patterns.length === 0 || patterns.some((p) => file.includes(p)),
  );
  if (files.length > 0) await runTests(files);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
