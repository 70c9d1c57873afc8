import { DryRun } from '../engine/db/dry-run';
import type { Options } from '../engine/db/options';
import { nodeInflate } from '../engine/env/node';
import { TemporaryFolder } from '../engine/env/node-temporary';
import { eventText } from '../engine/trace/event-text';
import type { Steps, TraceEvent } from '../engine/trace/events';
import { env } from './database';
import { UsageError } from './exit';
import { Interrupted, runJob } from './job';
import { type Arguments, type OptionSpecs, writeOptions } from './options';
import { oneLine } from './output';
import { TraceOutput, traceOptions } from './trace-output';
import { chosenSizes, chosenWays } from './write-options';

export const dryRunOptions: OptionSpecs = {
  ...traceOptions,
  ...writeOptions,
  apply: { help: 'do it to the database (not available yet)' },
};

/** What is run on a dry run, with the options to open the database with. */
export type DryRunWork<Result> = (dryRun: DryRun, options: Options) => Steps<Result>;

/**
 * Runs something on a copy-on-write view of a database, which stays as it is; `listen` is told of every event, and so
 * is the trace that was asked for. `conclude` gets the result while the view is still there. Whatever happens, nothing
 * temporary is left behind.
 */
export async function runDry<Result, Conclusion>(
  args: Arguments,
  directory: string,
  listen: (event: TraceEvent) => void,
  work: DryRunWork<Result>,
  conclude: (result: Result, dryRun: DryRun) => Conclusion,
): Promise<Conclusion> {
  if (args.has('apply')) {
    throw new UsageError(
      '--apply is not available yet: without it the plan is shown, and nothing is changed',
    );
  }
  const chosen = { ...chosenWays(args) };
  const sizes = chosenSizes(args);
  const temporary = new TemporaryFolder();
  let dryRun: DryRun | undefined;
  try {
    dryRun = new DryRun(env, directory, {
      comparator: args.comparator(),
      inflate: nodeInflate,
      spill: temporary,
    });
    const options = { ...dryRun.options(chosen), ...sizes };
    const trace = new TraceOutput(args, directory, { database: dryRun.fingerprint, dryRun: true });
    const { grain: traceGrain, listener } = trace;
    const tell = (event: TraceEvent) => {
      listener?.(event);
      listen(event);
    };
    const result = await traced(trace, work(dryRun, { ...options, traceGrain, trace: tell }));
    return conclude(result, dryRun);
  } finally {
    dryRun?.end();
    temporary.remove();
  }
}

/** Runs steps with their progress. A trace that was interrupted is taken back; one that ends with an error is kept. */
export async function traced<Result>(trace: TraceOutput, steps: Steps<Result>): Promise<Result> {
  try {
    const result = await runJob(steps, (event) => oneLine(eventText(event)));
    trace.close();
    return result;
  } catch (error) {
    if (error instanceof Interrupted) trace.discard();
    else trace.close();
    throw error;
  }
}
