// Installs a packaged extension for the server, once per package.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { installServer } from './install-server.mjs';
import { removeAbandoned } from './partial.mjs';

/**
 * An extensions folder that holds the `.vsix` and nothing else. Earlier packages' folders are removed, so that one
 * stays in the cache.
 * @param {string} vsix @returns {string}
 */
export function installExtension(vsix) {
  if (!existsSync(vsix)) throw new Error(`${vsix} is not there: run npm run package`);
  const cache = resolve('.vscode-test');
  const prefix = 'extensions-';
  const name = prefix + createHash('sha256').update(readFileSync(vsix)).digest('hex').slice(0, 16);
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;

  const program = installServer();
  removeAbandoned(cache);
  const partial = join(cache, `partial-${process.pid}-${name}`);
  mkdirSync(partial, { recursive: true });
  try {
    const { status, error, stdout, stderr } = spawnSync(
      program.node,
      [
        program.main,
        ...['--install-extension', resolve(vsix), '--extensions-dir', join(partial, 'extensions')],
        ...['--server-data-dir', join(partial, 'data'), '--accept-server-license-terms'],
      ],
      { encoding: 'utf8' },
    );
    if (status !== 0) {
      const printed = error?.message ?? `${stdout}${stderr}`.trim();
      throw new Error(`Step failed: installing ${vsix} into VS Code's server\n${printed}`);
    }
    for (const old of readdirSync(cache))
      if (old.startsWith(prefix)) rmSync(join(cache, old), { recursive: true, force: true });
    renameSync(join(partial, 'extensions'), folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return folder;
}
