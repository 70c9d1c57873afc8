// Installs VS Code's server from npm into .vscode-test/, once per version. Callers stand in the project's root.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { removeAbandoned } from './partial.mjs';
import { CODE_SERVER, SERVER_NODE } from './versions.mjs';

/** The package that is nothing but the Node binary of this platform: `node` itself fetches it in an install script. */
const NODE_PACKAGE = [
  process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node',
  process.platform === 'win32' ? 'win' : process.platform,
  process.arch,
].join('-');

/** A Node of the server's major needs no second one. */
const ownNode = process.versions.node.split('.')[0] === SERVER_NODE.split('.')[0];

/**
 * What to start: the Node binary and the server's entry.
 * @typedef {{node: string, main: string}} ServerProgram
 */

/**
 * Makes sure that the server is there and says where. Safe to interrupt and to run twice at once: the folder gets its
 * name when it is complete.
 * @param {(line: string) => void} [say] what is being fetched, for a person who waits
 * @returns {ServerProgram}
 */
export function installServer(say = console.log) {
  const folder = resolve('.vscode-test', `code-server-${CODE_SERVER}`);
  const wanted = JSON.stringify({ 'code-server': CODE_SERVER, node: ownNode ? 'own' : SERVER_NODE });
  const marker = join(folder, 'complete.json');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return programOf(folder);

  say(`Fetching VS Code's server (code-server ${CODE_SERVER} from npm, about 800 MB unpacked), once...`);
  const partial = `${folder}.partial-${process.pid}`;
  removeAbandoned(dirname(folder));
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  try {
    writeFileSync(join(partial, 'package.json'), '{ "private": true }\n');
    const packages = [`code-server@${CODE_SERVER}`];
    if (!ownNode) packages.push(`${NODE_PACKAGE}@${SERVER_NODE}`);
    // Scripts would compile modules that nothing here uses and that want system headers.
    npm(`installing ${packages.join(' and ')} from npm`, partial, ['install', '--save-exact', ...packages]);
    const server = join(partial, 'node_modules', 'code-server', 'lib', 'vscode');
    npm("installing the packages of code-server's lib/vscode from npm", server, ['install', '--omit=dev']);
    const { node } = programOf(partial);
    const { status, error } = spawnSync(node, ['--version']);
    if (status !== 0)
      throw new Error(`Step failed: running ${node} --version: ${error ?? `status ${status}`}`);
    writeFileSync(join(partial, 'complete.json'), wanted);
    putInPlace(partial, folder, marker, wanted);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return programOf(folder);
}

/** @param {string} partial @param {string} folder @param {string} marker @param {string} wanted */
function putInPlace(partial, folder, marker, wanted) {
  const isComplete = () => existsSync(marker) && readFileSync(marker, 'utf8') === wanted;
  if (!isComplete()) rmSync(folder, { recursive: true, force: true });
  try {
    renameSync(partial, folder);
  } catch (error) {
    // Another run was first.
    if (!isComplete()) throw error;
  }
}

/** @param {string} folder @returns {ServerProgram} */
function programOf(folder) {
  const modules = join(folder, 'node_modules');
  const main = join(modules, 'code-server', 'lib', 'vscode', 'out', 'server-main.js');
  if (ownNode) return { node: process.execPath, main };
  const manifest = join(modules, NODE_PACKAGE, 'package.json');
  if (!existsSync(manifest))
    throw new Error(`Step failed: finding the Node of ${NODE_PACKAGE}@${SERVER_NODE}`);
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  return { node: join(dirname(manifest), bin.node), main };
}

/**
 * @param {string} step for the message when it fails
 * @param {string} cwd @param {string[]} argv
 */
function npm(step, cwd, argv) {
  const { status, error, stdout, stderr } = spawnSync(
    'npm',
    [...argv, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd, encoding: 'utf8', shell: process.platform === 'win32' },
  );
  if (status === 0) return;
  throw new Error(`Step failed: ${step}\n${error?.message ?? `${stdout}${stderr}`.trim()}`);
}
