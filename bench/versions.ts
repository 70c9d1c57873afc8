// What was measured with.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** `Node v20.1.0, classic-level 3.0.0, libleveldb 1.23-4, rocksdb-tools 7.8.3-2`. */
export function versionsOf(): string {
  const { version } = JSON.parse(readFileSync('node_modules/classic-level/package.json', 'utf8')) as {
    version: string;
  };
  const packages = ['libleveldb-dev', 'rocksdb-tools'].map((name) => `${name} ${versionOfPackage(name)}`);
  return [`Node ${process.version}`, `classic-level ${version}`, ...packages].join(', ');
}

function versionOfPackage(name: string): string {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own.
  const { status, stdout } = spawnSync('dpkg-query', ['-W', '-f=${Version}', name], { encoding: 'utf8' });
  return status === 0 ? stdout : 'absent';
}
