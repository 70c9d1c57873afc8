import type { U64 } from '../../engine/bytes/u64';
import type { ChangeAccount } from '../../engine/db/change';
import { statusText } from '../../engine/db/core';
import { Database } from '../../engine/db/database';
import type { DryRun } from '../../engine/db/dry-run';
import type { Options } from '../../engine/db/options';
import { EnvError } from '../../engine/env/env';
import type { Version } from '../../engine/manifest/version';
import { LsmError } from '../../engine/problem';
import { writeEvent } from '../../engine/trace/event-forms';
import { eventText } from '../../engine/trace/event-text';
import type { Steps, TraceEvent } from '../../engine/trace/events';
import { accountJson, printAccount, reportUnfinished } from '../applying';
import { type Command, messageLine } from '../command';
import { dryRunOptions, runDry } from '../dry-run';
import { ExitCode } from '../exit';
import { type Output, oneLine, writeError } from '../output';

export const recover: Command = {
  name: 'recover',
  arguments: 'DIR',
  summary: 'recovery step by step, as a dry run without --apply, and what becomes of logs and files',
  options: {
    paranoid: { help: 'with paranoid_checks: recovery fails at damage that it passes by otherwise' },
    ...dryRunOptions,
  },
  run(args, output) {
    const [directory] = args.positionals;
    const steps = new RecoverySteps();
    const paranoid = args.has('paranoid');
    return runDry(args, directory, {
      label: paranoid ? 'recover --paranoid' : 'recover',
      listen: steps.listen,
      work: (dryRun, options) => recovery(dryRun, { ...options, paranoidChecks: paranoid }),
      isSound: ({ failure }) => failure === undefined,
      conclude: (end, dryRun, account) => conclude(output, dryRun, steps, end, account),
    });
  },
};

/** How recovery ended: with a version, or with a failure. */
type RecoveryEnd = { version: Version; failure?: undefined } | { failure: LsmError | EnvError };

function* recovery(dryRun: DryRun, options: Options): Steps<RecoveryEnd> {
  try {
    const database = yield* Database.open(dryRun.env, dryRun.directory, options);
    database.close();
    return { version: database.version };
  } catch (failure) {
    // What this user may not read another one may.
    const isOurs = failure instanceof EnvError && failure.code === 'permission';
    if (!isOurs && (failure instanceof LsmError || failure instanceof EnvError)) return { failure };
    throw failure;
  }
}

/** Events that come once for each edit, batch, block and the like: --trace writes them, a list of steps counts them. */
const REPEATED = new Set<TraceEvent['type']>([
  'manifest-edit',
  'log-batch',
  'output-block',
  'flush-progress',
  'compaction-progress',
]);

class RecoverySteps {
  readonly steps: TraceEvent[] = [];
  lastSequence: U64 | null = null;
  logsReplayed = 0;
  bytesDropped = 0;

  readonly listen = (event: TraceEvent): void => {
    if (!REPEATED.has(event.type)) this.steps.push(event);
    if (event.type === 'manifest-end' || event.type === 'open-end') this.lastSequence = event.lastSequence;
    else if (event.type === 'log-end') this.logsReplayed++;
    else if (event.type === 'log-dropped') this.bytesDropped += event.bytes;
  };
}

function conclude(
  output: Output,
  dryRun: DryRun,
  found: RecoverySteps,
  end: RecoveryEnd,
  account: ChangeAccount | undefined,
): ExitCode {
  const { steps, lastSequence, logsReplayed, bytesDropped } = found;
  const { created, replaced, deleted } = dryRun.changes();
  const ok = end.failure === undefined;
  const error = end.failure ? statusText(end.failure) : null;
  if (output.json) {
    output.value({
      ok,
      error,
      steps: steps.map(writeEvent),
      lastSequence,
      logsReplayed,
      bytesDropped,
      filesCreated: created,
      filesReplaced: replaced,
      filesDeleted: deleted,
      applied: accountJson(dryRun.directory, account),
    });
  } else {
    for (const step of steps) output.line(oneLine(eventText(step)));
    output.line();
    const directory = oneLine(dryRun.directory);
    output.line(
      account
        ? `recovery of ${directory}`
        : `dry run on ${directory}: nothing was changed; recovery would ${ok ? 'succeed' : 'FAIL'}`,
    );
    output.line(
      `${logsReplayed} logs replayed, ${bytesDropped} bytes dropped, last sequence ${lastSequence ?? 'unknown'}`,
    );
    for (const [what, names] of [
      ['created', created],
      ['replaced', replaced],
      ['deleted', deleted],
    ] as const) {
      if (names.length > 0) output.line(`${what}: ${oneLine(names.join(' '))}`);
    }
    if (account) printAccount(output, dryRun.directory, account);
    if ('version' in end) tellWhatIsDue(output, end.version);
  }
  if (account) reportUnfinished(account, dryRun.directory);
  if (!end.failure) return ExitCode.done;
  const { file, offset } =
    end.failure instanceof LsmError ? end.failure : { file: undefined, offset: undefined };
  writeError(messageLine(file ?? dryRun.directory, offset, statusText(end.failure)));
  return ExitCode.damaged;
}

function tellWhatIsDue(output: Output, version: Version): void {
  const scores = version.levels.map((_, level) => version.score(level));
  const score = Math.max(...scores);
  if (score < 1) return;
  output.line(
    `then level ${scores.indexOf(score)} is compacted (score ${score.toFixed(2)}): \`lsm compact --auto\` shows it`,
  );
}
