// The one test command: installs what is missing, then lint, types, build and every test, in four tiers: unit (Node
// alone), package (what the .vsix holds), host (inside VS Code's extension host) and e2e (the installed .vsix in VS Code
// in a browser). A tier that cannot run is a failure.
// `npm test -- PATTERN` runs only the unit tests whose file's path contains PATTERN (and skips lint and types).
// `npm test -- --tier host` runs one tier; a PATTERN narrows it to files, except in the host.
// `npm test -- --rewrite` rewrites the expected output of the data-driven tests.
// The last line is `N passed, N failed` over all tiers; the exit status is 0 only if nothing failed.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { isInstalled } from './install.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const TIERS = ['unit', 'package', 'host', 'e2e'];

const args = process.argv.slice(2);
const tierAt = args.indexOf('--tier');
const only = tierAt < 0 ? undefined : (args.splice(tierAt, 2)[1] ?? '');
if (only !== undefined && !TIERS.includes(only)) {
  console.error(`--tier is one of ${TIERS.join(', ')}`);
  process.exit(2);
}
const patterns = args.filter((a) => !a.startsWith('--'));
const tiers = only ? [only] : patterns.length > 0 ? ['unit'] : TIERS;
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

/**
 * Runs files of tests and counts them, for each file by its path.
 * @param {string[]} files @param {number} concurrency
 */
async function runTests(files, concurrency) {
  /** @type {Map<string, {passed: number, failed: number}>} */
  const counts = new Map(files.map((file) => [resolve(file), { passed: 0, failed: 0 }]));
  const countOf = (/** @type {{name: string, file?: string}} */ { name, file }) => {
    const count = counts.get(resolve(file ?? name));
    if (!count) throw new Error(`a test of no file: ${name}`);
    return count;
  };
  const stream = run({ files, concurrency, timeout: 15 * 60_000 });
  // A file is reported as a test of its own around its tests; count the leaves only.
  stream.on('test:pass', (event) => {
    if (event.details.type !== 'suite' && !isFile(event.name)) countOf(event).passed++;
  });
  stream.on('test:fail', (event) => {
    if (event.details.type === 'suite' || causedBySubtests(event)) return;
    countOf(event).failed++;
  });
  for await (const chunk of stream.compose(spec)) process.stdout.write(chunk);
  return counts;
}

/** @param {Iterable<{passed: number, failed: number}>} counts */
function add(counts) {
  for (const count of counts) {
    passed += count.passed;
    failed += count.failed;
  }
}

/** Runs the tests inside VS Code; they print themselves. */
async function hostTier() {
  try {
    const { makeSample } = await import('./sample.mjs');
    const { runHostTests } = await import('./host/tests.mjs');
    const results = await runHostTests(await makeSample(resolve('dist/test/sample')));
    passed += results.filter(({ ok }) => ok).length;
    for (const { name, error } of results.filter(({ ok }) => !ok)) {
      failed++;
      console.log(`FAILED in VS Code: ${name}: ${error}`);
    }
  } catch (error) {
    failed++;
    console.log(`FAILED: host: ${error}`);
  }
}

/** @param {string} name */
function isFile(name) {
  return name.endsWith('.mjs');
}

/** @param {{details: {error?: any}}} event */
function causedBySubtests(event) {
  return event.details.error?.failureType === 'subtestsFailed';
}

/**
 * Runs files of browser tests, two at a time since they wait more than they work. A whole workbench on a busy machine now
 * and then loses a click: a file that fails is run once more by itself, which is told, and the second run counts.
 * @param {string[]} files
 */
async function runBrowserTests(files) {
  // Before two of them install the package at the same time.
  const { installExtension } = await import('./host/extensions.mjs');
  const { packageFile } = await import('./host/packaged.mjs');
  installExtension(packageFile());
  const counts = await runTests(files, 2);
  for (const [file, { failed: isBad }] of counts) {
    if (isBad === 0) continue;
    console.log(`once more: ${file}`);
    counts.delete(file);
    add((await runTests([file], 1)).values());
  }
  add(counts.values());
}

if (!isInstalled() && !tier('install', 'npm', ['ci', '--ignore-scripts'])) {
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(1);
}
if (tiers.includes('unit') && patterns.length === 0) {
  tier('lint', 'npx', ['biome', 'ci', '--error-on-warnings']);
  tier('types', 'npx', ['tsc', '-b']);
}
if (tier('build', process.execPath, ['esbuild.mjs', '--tests'])) {
  const { glob } = await import('./glob.mjs');
  const files = glob('dist/test', /\.test\.mjs$/).filter(
    (file) => patterns.length === 0 || patterns.some((p) => file.includes(p)),
  );
  const tierOf = (/** @type {string} */ file) => /^dist.test.(package|e2e)./.exec(file)?.[1] ?? 'unit';
  for (const name of tiers) {
    const started = Date.now();
    if (name === 'package' || (name === 'e2e' && only))
      if (!tier('package', process.execPath, ['scripts/package.mjs'])) break;
    if (name === 'host') await hostTier();
    const own = files.filter((file) => tierOf(file) === name);
    if (name === 'e2e') await runBrowserTests(own);
    else if (own.length > 0) add((await runTests(own, 2)).values());
    console.log(`${name}: ${Math.round((Date.now() - started) / 1000)} s`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
