// Opens VS Code with the extension: `npm start [-- FOLDER]`. Installs what is missing and builds; without a folder it
// makes a workspace of sample databases. The desktop `code` where it is installed, else (or with `--server`) VS Code's
// server from npm, for any browser.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled, npm } from './install.mjs';

const from = process.env.INIT_CWD ?? process.cwd();
const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

const args = process.argv.slice(2);
const named = args.find((argument) => !argument.startsWith('-'));
const given = named && resolve(from, named);
if (given && !(existsSync(given) && statSync(given).isDirectory())) fail(`${given} is no folder`);
if (!isInstalled() && !npm(['ci', '--ignore-scripts'])) fail('Step failed: npm ci');

try {
  const { makeSample } = await import('./sample.mjs');
  const folder = given ?? (await makeSample(resolve('.vscode-test/sample')));
  if (args.includes('--server') || !openDesktop(folder)) await serve(folder);
} catch (error) {
  fail(/** @type {Error} */ (error).message);
}

/** @param {string} folder @returns {boolean} whether the desktop VS Code took it */
function openDesktop(folder) {
  const name = process.platform === 'win32' ? 'code.cmd' : 'code';
  const found = (process.env.PATH ?? '').split(delimiter).some((each) => existsSync(join(each, name)));
  if (!found) return false;
  if (spawnSync(process.execPath, ['esbuild.mjs'], { stdio: 'inherit' }).status !== 0)
    fail('Step failed: the build');
  const quote = (/** @type {string} */ text) => (process.platform === 'win32' ? `"${text}"` : text);
  const argv = [`--extensionDevelopmentPath=${root}`, folder].map(quote);
  const { status } = spawnSync(name, argv, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (status === 0) console.log(`VS Code opens ${folder}`);
  else console.log(`${name} ended with status ${status}; VS Code's server instead:`);
  return status === 0;
}

/** @param {string} folder */
async function serve(folder) {
  const { installExtension } = await import('./host/extensions.mjs');
  const { startServer } = await import('./host/server.mjs');
  if (spawnSync(process.execPath, ['scripts/package.mjs'], { stdio: 'inherit' }).status !== 0)
    fail('Step failed: packaging the extension');
  const { packageFile } = await import('./host/packaged.mjs');
  const server = await startServer({ extensions: installExtension(packageFile()) });
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, async () => {
      if (stopping) return;
      stopping = true;
      await server.stop();
      process.exit(0);
    });
  }
  console.log(
    `\nVS Code with LSM Inspector: ${server.url}/?${new URLSearchParams({ folder })}\nCtrl-C ends it.`,
  );
  await server.ended;
  if (!stopping) fail(`VS Code's server ended by itself:\n${server.log()}`);
}

/** @param {string} message @returns {never} */
function fail(message) {
  console.error(message);
  process.exit(1);
}
