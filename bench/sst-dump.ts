// RocksDB's sst_dump. It reads LevelDB's tables, which are RocksDB's oldest format, if their names end in `.sst`.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputOf } from './sides';
import type { WorkResult } from './work';

export function hasSstDump(): boolean {
  return spawnSync('sst_dump', ['--help']).error === undefined;
}

/** The whole process, as with `lsm`. */
export function checksumsBySstDump(directory: string): WorkResult {
  const folder = mkdtempSync(join(tmpdir(), 'lsm-bench-sst-'));
  try {
    for (const name of readdirSync(directory)) {
      if (name.endsWith('.ldb'))
        symlinkSync(join(directory, name), join(folder, name.replace('.ldb', '.sst')));
    }
    const started = performance.now();
    outputOf('sst_dump', [`--file=${folder}`, '--command=verify']);
    return { milliseconds: performance.now() - started, count: -1, memory: -1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
