import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The files below a folder whose path matches, sorted.
 * @param {string} root @param {RegExp} pattern @returns {string[]}
 */
export function glob(root, pattern) {
  return readdirSync(root, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(root, entry.name);
      return entry.isDirectory() ? glob(path, pattern) : pattern.test(path) ? [path] : [];
    })
    .sort();
}
