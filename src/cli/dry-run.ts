import { resolve } from 'node:path';
import { applyDryRun } from '../engine/db/apply';
import type { ChangeAccount } from '../engine/db/change';
import { DryRun } from '../engine/db/dry-run';
import type { Options } from '../engine/db/options';
import { nodeInflate } from '../engine/env/node';
import { TemporaryFolder } from '../engine/env/node-temporary';
import { eventText } from '../engine/trace/event-text';
import type { TraceEvent } from '../engine/trace/events';
import { applyOptions, changeOptions, runChange } from './applying';
import { env } from './database';
import { Interrupted, runJob } from './job';
import { writableEnv } from './locking';
import { type Arguments, type OptionSpecs, writeOptions } from './options';
import { oneLine } from './output';
import { TraceOutput, traceOptions } from './trace-output';
import { chosenSizes, chosenWays } from './write-options';

export const dryRunOptions: OptionSpecs = {
  ...traceOptions,
  ...writeOptions,
  ...applyOptions,
};

/** What is being done where it is no event of a trace. */
interface WorkProgress {
  type: 'progress';
  text: string;
}

type Work<Result> = Generator<TraceEvent | WorkProgress, Result>;

/** What is run on a dry run, with the options to open the database with. */
export type DryRunWork<Result> = (dryRun: DryRun, options: Options) => Work<Result>;

export interface DryJob<Result, Conclusion> {
  /** What is done, for the backup's record. */
  label: string;
  listen(event: TraceEvent): void;
  work: DryRunWork<Result>;
  /** Whether the result is one to apply; if left out, every one is. */
  isSound?(result: Result): boolean;
  /** Files that the backup keeps besides what is replaced or deleted. */
  keep?(result: Result): readonly string[];
  conclude(result: Result, dryRun: DryRun, account: ChangeAccount | undefined): Conclusion;
}

/**
 * Runs something on a copy-on-write view of a database, which stays as it is unless --apply was given; `listen` is told
 * of every event, and so is the trace that was asked for. `conclude` gets the result while the view is still there, and
 * what was done to the database. Whatever happens, nothing temporary is left behind.
 */
export async function runDry<Result, Conclusion>(
  args: Arguments,
  given: string,
  { label, listen, work, isSound, keep, conclude }: DryJob<Result, Conclusion>,
): Promise<Conclusion> {
  const change = changeOptions(args, label);
  // The backup lies beside the folder, and its record names it.
  const directory = change ? resolve(given) : given;
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
    const trace = new TraceOutput(args, directory, { database: dryRun.fingerprint, dryRun: !change });
    const { grain: traceGrain, listener } = trace;
    const tell = (event: TraceEvent) => {
      listener?.(event);
      listen(event);
    };
    const result = await traced(trace, work(dryRun, { ...options, traceGrain, trace: tell }));
    let account: ChangeAccount | undefined;
    if (change && (isSound?.(result) ?? true)) {
      try {
        account = await runChange(
          applyDryRun(writableEnv(args), dryRun, { ...change, keep: keep?.(result) }),
        );
      } catch (error) {
        // It would tell of what was not done.
        trace.discard();
        throw error;
      }
    }
    return conclude(result, dryRun, account);
  } finally {
    dryRun?.end();
    temporary.remove();
  }
}

/** Runs steps with their progress. A trace that was interrupted is taken back; one that ends with an error is kept. */
export async function traced<Result>(trace: TraceOutput, steps: Work<Result>): Promise<Result> {
  try {
    const result = await runJob(steps, (event) =>
      oneLine(event.type === 'progress' ? event.text : eventText(event)),
    );
    trace.close();
    return result;
  } catch (error) {
    if (error instanceof Interrupted) trace.discard();
    else trace.close();
    throw error;
  }
}
