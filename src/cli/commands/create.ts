import { humanBytes } from '../../engine/bytes/human';
import type { U64 } from '../../engine/bytes/u64';
import { Database } from '../../engine/db/database';
import type { Options } from '../../engine/db/options';
import { type WorkloadOptions, workloadOperations, workloads } from '../../engine/db/workload';
import { EnvError } from '../../engine/env/env';
import type { NodeWritableEnv } from '../../engine/env/node-writable';
import { parseFileName } from '../../engine/manifest/file-names';
import type { Version } from '../../engine/manifest/version';
import { eventText } from '../../engine/trace/event-text';
import type { TraceEvent } from '../../engine/trace/events';
import type { Command } from '../command';
import { ExitCode, UsageError } from '../exit';
import { runJob } from '../job';
import { lockOptions, writableEnv } from '../locking';
import { type Arguments, writeOptions } from '../options';
import { oneLine, table } from '../output';
import { levelsJson } from '../shapes';
import { TraceOutput, traceOptions } from '../trace-output';
import { newDatabaseOptions } from '../writing';

const DEFAULT_VALUE_SIZE = 100;
const DEFAULT_SEED = 1;
const MAX_OPERATIONS = 1e12;
const MAX_VALUE_SIZE = 64 << 20;
const MAX_SEED = 2 ** 31 - 2;

export const create: Command = {
  name: 'create',
  arguments: 'DIR',
  summary: 'a new database from a workload; DIR must be new or empty',
  options: {
    workload: { value: 'NAME', help: workloads.join(', ') },
    num: { value: 'N', help: 'operations' },
    'value-size': { value: 'BYTES', help: `bytes of each value (default ${DEFAULT_VALUE_SIZE})` },
    seed: { value: 'N', help: `the same seed makes the same database (default ${DEFAULT_SEED})` },
    ...traceOptions,
    ...writeOptions,
    ...lockOptions,
  },
  async run(args, output) {
    const [directory] = args.positionals;
    const workload = workloadOf(args);
    const target = new NewDirectory(writableEnv(args), directory);
    const options = newDatabaseOptions(args);
    let isDone = false;
    const trace = new TraceOutput(args, directory, { database: undefined, dryRun: false });
    try {
      const { grain: traceGrain, listener } = trace;
      const job = fill(target, { ...options, traceGrain, trace: listener }, workload);
      const result = await runJob(job, (event) =>
        typeof event === 'string' ? event : oneLine(eventText(event)),
      );
      isDone = true;
      trace.close();
      const { version, ...counts } = result;
      if (output.json) output.value({ ...counts, levels: levelsJson(output, version) });
      else {
        const { operations, puts, deletions, lastSequence } = counts;
        output.line(
          `${operations} operations (${puts} puts, ${deletions} deletions), last sequence ${lastSequence}, in ${directory}`,
        );
        const rows = [['level', 'files', 'bytes']];
        for (const [level, files] of version.levels.entries()) {
          if (files.length > 0) {
            rows.push([`${level}`, `${files.length}`, humanBytes(version.levelBytes(level))]);
          }
        }
        if (rows.length > 1) for (const row of table(rows, [0, 1, 2])) output.line(row);
      }
      return ExitCode.done;
    } finally {
      if (!isDone) {
        target.discard();
        trace.discard();
      }
    }
  },
};

function workloadOf(args: Arguments): WorkloadOptions {
  const name = args.text('workload');
  const workload = workloads.find((candidate) => candidate === name);
  if (!workload) {
    const given = name === undefined ? 'is missing; it is one' : `"${name}" is none`;
    throw new UsageError(`--workload ${given} of ${workloads.join(', ')}`);
  }
  const operations = args.bounded('num', 0, MAX_OPERATIONS);
  if (operations === undefined) throw new UsageError('--num is missing: how many operations?');
  const valueSize = args.bounded('value-size', 0, MAX_VALUE_SIZE) ?? DEFAULT_VALUE_SIZE;
  return { workload, operations, valueSize, seed: args.bounded('seed', 0, MAX_SEED) ?? DEFAULT_SEED };
}

/** A directory that was not there, or empty: everything in it is ours. */
class NewDirectory {
  readonly env: NodeWritableEnv;
  readonly directory: string;
  private readonly isNew: boolean;
  private isTaken = false;

  /** Throws EnvError if something is in it. Nothing is made yet. */
  constructor(env: NodeWritableEnv, directory: string) {
    this.env = env;
    this.directory = directory;
    let entries: readonly unknown[] | undefined;
    try {
      entries = this.env.list(directory);
    } catch (error) {
      if (!(error instanceof EnvError) || error.code !== 'not-found') throw error;
    }
    if (entries && entries.length > 0) throw new EnvError('not-empty', directory, 'the folder is not empty');
    this.isNew = entries === undefined;
  }

  /** The lock is held and there was no database: what comes is ours. */
  take(): void {
    this.isTaken = true;
  }

  /** Removes what was made. Before it is taken that may be another process's, which was faster. */
  discard(): void {
    const { env, directory } = this;
    if (!this.isTaken) return;
    try {
      for (const { name } of env.list(directory)) {
        if (parseFileName(name)) env.remove(env.join(directory, name));
      }
      if (this.isNew) env.removeDirectory(directory);
    } catch (error) {
      if (!(error instanceof EnvError)) throw error;
    }
  }
}

interface Filled {
  operations: number;
  puts: number;
  deletions: number;
  lastSequence: U64;
  version: Version;
}

/** Operations between two looks at Ctrl-C. */
const SLICE = 200;

/** One write for each operation. Work in the background is done as soon as it is due, so that each run is the same. */
function* fill(
  target: NewDirectory,
  options: Options,
  workload: WorkloadOptions,
): Generator<TraceEvent | string, Filled> {
  const { env, directory } = target;
  const database = yield* Database.open(env, directory, {
    ...options,
    trace(event) {
      if (event.type === 'create') target.take();
      options.trace?.(event);
    },
  });
  try {
    let [puts, deletions] = [0, 0];
    for (const { key, value } of workloadOperations(workload)) {
      // The last one makes the log durable.
      const sync = puts + deletions === workload.operations - 1;
      if (value) {
        database.put(key, value, { sync });
        puts++;
      } else {
        database.delete(key, { sync });
        deletions++;
      }
      if (database.hasWork) yield* database.settleSteps();
      if (database.failure) throw database.failure;
      if ((puts + deletions) % SLICE === 0) yield `${puts + deletions} of ${workload.operations} operations`;
    }
    return {
      operations: puts + deletions,
      puts,
      deletions,
      lastSequence: database.lastSequence,
      version: database.version,
    };
  } finally {
    database.close();
  }
}
