// Tests inside VS Code's extension host. `node:test` reports to a process of its own, which the extension host is not;
// this runner prints a line for each test and writes what happened to the file that LSM_HOST_RESULTS names.
import { writeFileSync } from 'node:fs';
import { inspect } from 'node:util';

export interface HostResult {
  name: string;
  ok: boolean;
  ms: number;
  error?: string;
}

interface HostTest {
  name: string;
  run: () => void | Promise<void>;
  timeoutMs: number;
}

/** Before lines that are meant for a person; the workbench prints much else (scripts/host/shim.mjs). */
const TEST_LINE = '[test] ';

const tests: HostTest[] = [];

/** Declares a test. They run one after the other, in the order of the files' names and of the declarations. */
export function test(name: string, run: () => void | Promise<void>, timeoutMs = 60_000): void {
  tests.push({ name, run, timeoutMs });
}

/** What VS Code calls; it takes a rejection as the failure of the run. */
export async function run(): Promise<void> {
  const results: HostResult[] = [];
  for (const each of tests) {
    const result = await runOne(each);
    results.push(result);
    console.log(`${TEST_LINE}${result.ok ? '✔' : '✖'} ${result.name} (${Math.round(result.ms)}ms)`);
    if (result.error) console.log(`${TEST_LINE}${result.error}`);
    // After each test: a host that dies leaves what was done.
    if (process.env.LSM_HOST_RESULTS) {
      writeFileSync(process.env.LSM_HOST_RESULTS, JSON.stringify({ planned: tests.length, results }));
    }
  }
  const failed = results.filter((result) => !result.ok).length;
  if (failed > 0) throw new Error(`${failed} of ${tests.length} tests failed`);
}

async function runOne({ name, run, timeoutMs }: HostTest): Promise<HostResult> {
  const started = performance.now();
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([
      Promise.resolve().then(run),
      new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`not done after ${timeoutMs} ms`)), timeoutMs);
      }),
    ]);
    return { name, ok: true, ms: performance.now() - started };
  } catch (error) {
    return { name, ok: false, ms: performance.now() - started, error: inspect(error) };
  } finally {
    clearTimeout(timer);
  }
}
