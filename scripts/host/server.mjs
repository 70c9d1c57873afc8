// VS Code's server on 127.0.0.1, with folders of its own that end with it.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installServer } from './install-server.mjs';

const START_TIMEOUT_MS = 60_000;
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * @typedef {object} ServerOptions
 * @property {string} [extensions] a folder of installed extensions; it is copied, since a server writes into its own
 * @property {boolean} [developmentPayload] honour extensionDevelopmentPath and extensionTestsPath in the URL
 * @property {boolean} [workspaceTrust] ask whether the folder is trusted; off if not given
 * @property {Record<string, unknown>} [settings] the user's settings
 * @property {{key: string, command: string, args?: unknown}[]} [keybindings] the user's keybindings
 * @property {NodeJS.ProcessEnv} [env] added to the environment, also of the extension host
 */

/**
 * @typedef {object} Server
 * @property {number} port
 * @property {string} url without a trailing slash
 * @property {string} settingsFile the user's settings; the workbench follows changes
 * @property {() => string} log what the server printed, its end
 * @property {Promise<void>} ended settled when the process is gone
 * @property {() => Promise<void>} stop ends the server and everything that it started, and removes its folders
 */

/**
 * Starts the server and returns when its page answers.
 * @param {ServerOptions} [options] @returns {Promise<Server>}
 */
export async function startServer(options = {}) {
  const program = installServer();
  const folder = mkdtempSync(join(tmpdir(), 'lsm-vscode-'));
  const data = join(folder, 'data');
  const settingsFile = join(data, 'data', 'User', 'settings.json');
  mkdirSync(join(settingsFile, '..'), { recursive: true });
  writeFileSync(settingsFile, JSON.stringify({ ...QUIET, ...options.settings }, null, 2));
  if (options.keybindings)
    writeFileSync(join(settingsFile, '..', 'keybindings.json'), JSON.stringify(options.keybindings));
  const extensions = join(folder, 'extensions');
  if (options.extensions) cpSync(options.extensions, extensions, { recursive: true });
  const port = await freePort();
  const child = spawn(
    program.node,
    [
      program.main,
      ...['--host', '127.0.0.1', '--port', String(port), '--without-connection-token'],
      ...['--accept-server-license-terms', '--telemetry-level', 'off'],
      ...(options.workspaceTrust ? [] : ['--disable-workspace-trust']),
      ...(options.developmentPayload ? ['--enable-smoke-test-driver'] : []),
      ...['--server-data-dir', data, '--extensions-dir', extensions],
    ],
    // A process group of its own: what the server starts ends with it.
    {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...serverEnvironment(options.env), XDG_RUNTIME_DIR: folder },
    },
  );
  let log = '';
  const keep = (/** @type {Buffer} */ chunk) => {
    log = (log + chunk).slice(-20_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => {
    child.on('exit', () => resolve());
    child.on('error', (error) => {
      keep(Buffer.from(error.message));
      resolve();
    });
  });
  const kill = () => {
    if (child.pid !== undefined) killGroup(child.pid);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once('exit', kill);
  // A test runner ends a file that hangs so, and then no exit handler runs.
  const onSignal = () => {
    kill();
    setTimeout(() => process.exit(1), 2000).unref();
  };
  for (const signal of SIGNALS) process.once(signal, onSignal);
  const stop = async () => {
    process.off('exit', kill);
    for (const signal of SIGNALS) process.off(signal, onSignal);
    if (child.pid !== undefined) killGroup(child.pid);
    await ended;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  const url = `http://127.0.0.1:${port}`;
  if (!(await answers(url, ended, () => READY.test(log)))) {
    await stop();
    throw new Error(`Step failed: starting VS Code's server; it printed:\n${withoutNoise(log)}`);
  }
  return { port, url, settingsFile, log: () => withoutNoise(log), ended, stop };
}

/** No tours, no updates, no telemetry: the same first sight on every machine. */
const QUIET = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'git.enabled': false,
};

/** @param {NodeJS.ProcessEnv} [added] */
function serverEnvironment(added) {
  // A terminal inside VS Code, or a test runner, passes on what would confuse the server.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(VSCODE_|ELECTRON_|NODE_TEST_CONTEXT$|NODE_OPTIONS$)/.test(name),
  );
  return { ...Object.fromEntries(inherited), ...added };
}

/** Its logging library is not compiled here, and it says so a dozen times. @param {string} log */
function withoutNoise(log) {
  return log
    .split('\n')
    .filter((line) => line.trim() && !/^ (→| {3}at) |^ *['}\]]|spdlog|bindings file|tries: \[$/.test(line))
    .join('\n');
}

/** The page answers before this is printed, but then without the installed extensions now and then. */
const READY = /Extension host agent started/;

/** @param {string} url @param {Promise<void>} ended @param {() => boolean} isReady */
async function answers(url, ended, isReady) {
  let running = true;
  ended.then(() => {
    running = false;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (running && Date.now() < deadline) {
    try {
      const response = await fetch(url);
      await response.arrayBuffer();
      if (response.ok && isReady()) return running;
    } catch {
      // Not listening yet.
    }
    await sleep(100);
  }
  return false;
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address());
      probe.close(() => resolve(port));
    });
  });
}

/** @param {number} pid */
function killGroup(pid) {
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(pid), '/T', '/F']);
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
