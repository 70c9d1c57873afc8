import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

/** The command line as it is shipped. */
export const cliPath = resolve('dist/cli.js');

export interface CliResult {
  status: number | null;
  output: Buffer;
  stdout: string;
  stderr: string;
}

/** Runs `lsm` to its end. */
export function lsm(...args: string[]): CliResult {
  return lsmWithInput(undefined, ...args);
}

/** Runs `lsm` with a text on its standard input. */
export function lsmWithInput(input: string | undefined, ...args: string[]): CliResult {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [cliPath, ...args], {
    maxBuffer: 1 << 28,
    ...(input === undefined ? {} : { input }),
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  if (error) throw error;
  return { status, output: stdout, stdout: stdout.toString(), stderr: stderr.toString() };
}

/** The JSON lines of an output. Throws a SyntaxError at a line that is none. */
export function jsonLines<Line>(stdout: string): Line[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}
