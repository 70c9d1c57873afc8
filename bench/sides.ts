// Each side does its work in a process of its own; what it answers is a WorkResult.

import { type ForkOptions, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MAX_HEAP_MB, MAX_YOUNG_MB } from '../src/worker/client';
import { programOfCpp } from './cpp';
import { checksumsBySstDump, hasSstDump } from './sst-dump';
import type { WorkRequest, WorkResult } from './work';

export type SideName = 'engine' | 'lsm' | 'extension' | 'classic-level' | 'C++' | 'sst_dump';

const here = dirname(fileURLToPath(import.meta.url));

/** Why a side cannot be asked on this machine; undefined if it can. */
export function whyMissing(side: SideName): string | undefined {
  if (side === 'C++' && !programOfCpp()) return 'libleveldb-dev, libsnappy-dev or g++ is not installed';
  if (side === 'sst_dump' && !hasSstDump()) return 'rocksdb-tools is not installed';
  return undefined;
}

/** As the extension's worker has it (src/worker/client.ts): a young generation is two semi-spaces in use, and one more. */
const AS_A_WORKER = [`--max-semi-space-size=${MAX_YOUNG_MB / 3}`, `--max-old-space-size=${MAX_HEAP_MB}`];

export async function ask(side: SideName, request: WorkRequest): Promise<WorkResult> {
  switch (side) {
    case 'engine':
    case 'extension':
      return callChild(side, request, request.work === 'browse' ? AS_A_WORKER : []);
    case 'classic-level':
      return callChild('classic', request);
    case 'C++':
      return askCpp(request);
    case 'sst_dump':
      return checksumsBySstDump(request.directory);
    case 'lsm':
      return askLsm(request);
  }
}

/** Runs `<program>.child.mjs`, sends one request and gives its answer. */
export async function callChild<Request extends object, Result>(
  program: string,
  request: Request,
  execArgv: string[] = [],
): Promise<Result> {
  const options: ForkOptions = { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv };
  const child = fork(join(here, `${program}.child.mjs`), options);
  child.send(request);
  const [result] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`${program} ended with ${code}`);
    }),
  ]);
  if (child.exitCode === null) await once(child, 'exit');
  return result as Result;
}

function askCpp({ work, directory, entries, gets, cacheBytes }: WorkRequest): WorkResult {
  const argv = [work, directory, entries, gets, cacheBytes].map(String);
  return JSON.parse(outputOf(programOfCpp() as string, argv)) as WorkResult;
}

/** The command line as it is run, with Node's start. What it prints goes nowhere. */
function askLsm({ work, directory }: WorkRequest): WorkResult {
  const command = work === 'dump' ? ['dump'] : work === 'checksums' ? ['verify', '--checksums'] : ['verify'];
  const started = performance.now();
  outputOf(process.execPath, [join(here, '../cli.js'), ...command, directory], 'ignore');
  return { milliseconds: performance.now() - started, count: -1, memory: -1 };
}

export function outputOf(program: string, argv: string[], output: 'pipe' | 'ignore' = 'pipe'): string {
  const { status, stdout, stderr, error } = spawnSync(program, argv, {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    stdio: ['ignore', output, 'pipe'],
  });
  if (status !== 0) throw error ?? new Error(`${program} ended with ${status}: ${stderr}`);
  return stdout;
}
