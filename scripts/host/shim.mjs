#!/usr/bin/env node
// Stands in for the `code` program: takes the arguments that @vscode/test-electron passes, runs the tests in VS Code's
// server with a browser as its window, and exits with their code.
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { launchBrowser } from './browser.mjs';
import { startServer } from './server.mjs';

const started = process.cwd();
process.chdir(fileURLToPath(new URL('../..', import.meta.url)));

/** Long enough for every test; a workbench that never starts ends here. */
const TIMEOUT_MS = Number(process.env.LSM_HOST_TIMEOUT_MS ?? 10 * 60_000);

/** How a line of the test runner begins (test/host/runner.ts). */
const TEST_LINE = '[test] ';

const LOG = resolve('dist/test/host.log');

const argv = process.argv.slice(2);
const development = option('extensionDevelopmentPath');
const tests = option('extensionTestsPath');
const folder = argv.find((argument) => !argument.startsWith('-'));
const workspaceTrust = !argv.includes('--disable-workspace-trust');

mkdirSync(dirname(LOG), { recursive: true });
writeFileSync(LOG, '');
let status = 1;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));
try {
  status = await run();
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
}
if (status !== 0) console.error(`All that the workbench said is in ${LOG}`);
process.exit(status);

/** @returns {Promise<number>} */
async function run() {
  const server = await startServer({ developmentPayload: true, workspaceTrust });
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    /** @type {Promise<number>} */
    const ended = new Promise((settle, reject) => {
      page.exposeFunction('codeAutomationExit', settle);
      page.on('crash', () => reject(new Error('Step failed: running the tests: the browser crashed')));
      page.on('close', () => reject(new Error('Step failed: running the tests: the browser was closed')));
      server.ended.then(() =>
        reject(new Error(`Step failed: running the tests: the server ended\n${server.log()}`)),
      );
      setTimeout(() => {
        reject(
          new Error(`Step failed: running the tests: no result after ${TIMEOUT_MS} ms\n${server.log()}`),
        );
      }, TIMEOUT_MS).unref();
    });
    ended.catch(() => {});
    await page.exposeFunction('codeAutomationLog', printLog);
    await page.goto(address(server.port));
    return await ended;
  } finally {
    await browser.close();
    await server.stop();
  }
}

/** @param {number} port */
function address(port) {
  const remote = (/** @type {string} */ path) =>
    `vscode-remote://127.0.0.1:${port}${path.replaceAll('\\', '/')}`;
  const payload = [['skipWelcome', 'true']];
  if (development) payload.push(['extensionDevelopmentPath', remote(development)]);
  if (tests) payload.push(['extensionTestsPath', remote(tests)]);
  const query = new URLSearchParams({ payload: JSON.stringify(payload) });
  if (folder) query.set('folder', resolve(started, folder));
  return `http://127.0.0.1:${port}/?${query}`;
}

/**
 * What the tests and the workbench print arrives as a level and the arguments of console.log. The workbench says much;
 * it goes to a file.
 * @param {string} type @param {any[]} args
 */
function printLog(type, args) {
  const text = args
    .map((argument) => (typeof argument === 'string' ? argument : inspect(argument)))
    .join(' ');
  appendFileSync(LOG, `${type}: ${text}\n`);
  if (text.startsWith(TEST_LINE)) console.log(text.slice(TEST_LINE.length));
}

/** @param {string} name */
function option(name) {
  const value = argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
  return value && resolve(started, value);
}
