// Finds a Chrome or Chromium; as root on Debian installs one.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Nothing that phones home, and no sandbox, which root and most containers cannot have. */
export const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const NAMES = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser', 'chrome'];

const PATHS = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  win32: ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA']
    .flatMap((name) => process.env[name] ?? [])
    .flatMap((folder) => [
      join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe'),
      join(folder, 'Chromium', 'Application', 'chrome.exe'),
    ]),
};

/**
 * The path of a Chrome or Chromium; on Debian it is installed if there is none and we are root.
 * @returns {string}
 */
export function findChromium() {
  const named = process.env.CHROME_PATH;
  if (named) {
    if (isExecutable(named)) return named;
    throw new Error(`CHROME_PATH is ${named}, which is no program that can be run.`);
  }
  const found = lookAround();
  if (found) return found;
  if (isDebian() && process.getuid?.() === 0) {
    apt('updating the package lists', ['update']);
    apt('installing chromium', ['install', '--yes', '--no-install-recommends', 'chromium']);
    const installed = lookAround();
    if (installed) return installed;
  }
  throw new Error(
    'No Chrome or Chromium found. Install Google Chrome or Chromium, or set CHROME_PATH to its program' +
      `${isDebian() ? ' (on Debian: apt-get install chromium, which this does itself as root)' : ''}.`,
  );
}

/** @returns {string | undefined} */
function lookAround() {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const onPath = NAMES.flatMap((name) => folders.map((folder) => join(folder, name + suffix)));
  const usual = process.platform === 'darwin' || process.platform === 'win32' ? PATHS[process.platform] : [];
  return [...usual, ...onPath].find(isExecutable);
}

/** @param {string} step @param {string[]} argv */
function apt(step, argv) {
  console.log(`Chromium: ${step} (apt-get ${argv.join(' ')})...`);
  const { status, error, stderr } = spawnSync('apt-get', argv, {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status !== 0)
    throw new Error(`Step failed: ${step} with apt-get\n${error?.message ?? stderr.trim().slice(-2000)}`);
}

function isDebian() {
  try {
    return /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
