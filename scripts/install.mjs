import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';

/** Whether what the lock file names is installed. */
export function isInstalled() {
  const marker = 'node_modules/.package-lock.json';
  return existsSync(marker) && statSync(marker).mtimeMs >= statSync('package-lock.json').mtimeMs;
}

/** Runs npm; returns whether it succeeded. @param {string[]} argv */
export function npm(argv) {
  return spawnSync('npm', argv, { stdio: 'inherit', shell: process.platform === 'win32' }).status === 0;
}
