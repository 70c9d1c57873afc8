// Runs dist/test/host/index.js inside VS Code, on the folder of sample databases.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { runTests } from '@vscode/test-electron';

/**
 * @typedef {{name: string, ok: boolean, ms: number, error?: string}} HostResult
 */

const SHIM = resolve('scripts/host', process.platform === 'win32' ? 'shim.cmd' : 'shim.mjs');

/**
 * The tests' results, in their order. A run that ends early has one more, which failed.
 * @param {string} folder what is opened
 * @returns {Promise<HostResult[]>}
 */
export async function runHostTests(folder) {
  const resultsFile = resolve('dist/test/host-results.json');
  mkdirSync(resolve('dist/test'), { recursive: true });
  rmSync(resultsFile, { force: true });
  // A source tree that was unpacked from an archive may have lost the bit.
  if (process.platform !== 'win32') chmodSync(SHIM, 0o755);
  let failure;
  try {
    await runTests({
      // A desktop VS Code's program, or ours, which is the same workbench in a browser.
      vscodeExecutablePath: process.env.VSCODE_PATH ?? SHIM,
      extensionDevelopmentPath: process.cwd(),
      extensionTestsPath: resolve('dist/test/host/index.js'),
      extensionTestsEnv: { LSM_HOST_RESULTS: resultsFile },
      launchArgs: [folder],
    });
  } catch (error) {
    failure = /** @type {Error} */ (error).message;
  }
  /** @type {{planned: number, results: HostResult[]}} */
  const { planned, results } = existsSync(resultsFile)
    ? JSON.parse(readFileSync(resultsFile, 'utf8'))
    : { planned: -1, results: [] };
  const explained = results.length === planned && results.some(({ ok }) => !ok);
  if (results.length !== planned || (failure && !explained))
    results.push({ name: 'the run in VS Code ends', ok: false, ms: 0, error: failure ?? 'it ended early' });
  return results;
}
