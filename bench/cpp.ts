// Builds peer-cpp/, C++ LevelDB's side, where Debian's libleveldb-dev is installed.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let built: { program: string | undefined } | undefined;

/** Undefined where it cannot be built. It is built once, into a folder that goes with this process. */
export function programOfCpp(): string | undefined {
  built ??= { program: build() };
  return built.program;
}

function build(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'lsm-bench-cpp-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, 'peer');
  const argv = ['-O2', '-std=c++17', '-DNDEBUG', 'bench/peer-cpp/peer.cc', '-o', program, '-lleveldb'];
  const { status } = spawnSync('g++', argv, { encoding: 'utf8' });
  return status === 0 ? program : undefined;
}
