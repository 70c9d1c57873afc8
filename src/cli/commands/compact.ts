import { humanBytes } from '../../engine/bytes/human';
import type { ChangeAccount } from '../../engine/db/change';
import type { DryRun } from '../../engine/db/dry-run';
import { openKnownDatabase } from '../../engine/db/open-for-writing';
import type { Options } from '../../engine/db/options';
import type { Version } from '../../engine/manifest/version';
import { LEVELS } from '../../engine/manifest/version-edit';
import type { Steps } from '../../engine/trace/events';
import { accountJson, printAccount, reportUnfinished } from '../applying';
import type { Command } from '../command';
import { type CompactionRow, CompactionSummary } from '../compaction-summary';
import { dryRunOptions, runDry } from '../dry-run';
import { ExitCode, UsageError } from '../exit';
import type { Arguments } from '../options';
import { type Output, table } from '../output';
import { levelsJson } from '../shapes';

export const compact: Command = {
  name: 'compact',
  arguments: 'DIR',
  summary: 'a compaction, as a dry run without --apply: of everything, as CompactRange does it, unless told',
  options: {
    from: { value: 'KEY', help: 'first key of the range (inclusive)' },
    to: { value: 'KEY', help: 'last key of the range (inclusive)' },
    level: { value: 'N', help: `only level N into the next one (0 to ${LEVELS - 2})` },
    auto: { help: 'only what LevelDB would compact by itself after opening' },
    ...dryRunOptions,
  },
  run(args, output) {
    const [directory] = args.positionals;
    const request = requestOf(args);
    const summary = new CompactionSummary();
    return runDry(args, directory, {
      label: labelOf(request, output),
      listen: summary.listen,
      work: (dryRun, options) => compaction(dryRun, options, request),
      conclude(after, dryRun, account) {
        print(output, dryRun, after, summary, account);
        if (account) reportUnfinished(account, dryRun.directory);
        return ExitCode.done;
      },
    });
  },
};

interface Request {
  auto: boolean;
  level: number | undefined;
  from: Uint8Array | undefined;
  to: Uint8Array | undefined;
}

function requestOf(args: Arguments): Request {
  const request = {
    auto: args.has('auto'),
    level: args.bounded('level', 0, LEVELS - 2),
    from: args.bytesOption('from'),
    to: args.bytesOption('to'),
  };
  if (request.auto && (request.level !== undefined || request.from || request.to)) {
    throw new UsageError('--auto is what LevelDB chooses: it takes no --from, --to and --level');
  }
  return request;
}

function labelOf({ auto, level, from, to }: Request, output: Output): string {
  if (auto) return 'compact --auto';
  const bound = (key: Uint8Array | undefined) => (key ? `"${output.bytes(key)}"` : 'the end');
  const what = level === undefined ? 'compact' : `compact level ${level}`;
  return from || to ? `${what}, from ${from ? bound(from) : 'the beginning'} to ${bound(to)}` : what;
}

/** The version afterwards. What is due after opening comes first, as LevelDB's background thread begins at once. */
function* compaction(dryRun: DryRun, options: Options, request: Request): Steps<Version> {
  const { auto, level, from, to } = request;
  const database = yield* openKnownDatabase(dryRun.env, dryRun.directory, options);
  try {
    yield* database.settleSteps();
    if (!auto && !database.failure) {
      if (level === undefined) yield* database.compactRange(from, to);
      else yield* database.compactLevel(level, from, to);
    }
    if (database.failure) throw database.failure;
    return database.version;
  } finally {
    database.close();
  }
}

function print(
  output: Output,
  dryRun: DryRun,
  after: Version,
  summary: CompactionSummary,
  account: ChangeAccount | undefined,
): void {
  const { versionBefore: before } = dryRun;
  const { recovered, compactions } = summary;
  const totals = summary.totals();
  const { created, replaced, deleted } = dryRun.changes();
  if (output.json) {
    output.value({
      ...totals,
      levelsBefore: levelsJson(output, before),
      levelsAfter: levelsJson(output, after),
      recovered,
      compactions,
      filesCreated: created,
      filesReplaced: replaced,
      filesDeleted: deleted,
      applied: accountJson(dryRun.directory, account),
    });
    return;
  }
  output.line(
    account ? `compaction of ${dryRun.directory}` : `dry run on ${dryRun.directory}: nothing was changed`,
  );
  const { logsReplayed, tables } = recovered;
  output.line(
    `opening ${account ? 'replayed' : 'would replay'} ${plural(logsReplayed, 'log')} into ${
      tables.length === 0
        ? 'no table'
        : `${plural(tables.length, 'table')} of level 0: ${tables.map(({ number }) => number).join(' ')}`
    }`,
  );
  if (compactions.length === 0) output.line('nothing to compact');
  for (const row of compactions) output.line(rowText(row));
  output.line();
  for (const row of table(levelRows(before, after), [0, 1, 2, 3, 4])) output.line(row);
  output.line();
  const { bytesRead, bytesWritten, entriesKept, entriesDropped } = totals;
  output.line(
    `${humanBytes(bytesRead)} read, ${humanBytes(bytesWritten)} written; ${plural(entriesKept, 'entry', 'entries')} kept, ${entriesDropped} dropped`,
  );
  if (account) printAccount(output, dryRun.directory, account);
  else {
    output.line(
      `${plural(created.length, 'file')} created, ${replaced.length} replaced, ${deleted.length} deleted`,
    );
  }
}

function rowText(row: CompactionRow): string {
  const { reason, level, inputs, outputs, moved } = row;
  const into = `level ${level} into ${level + 1}, by ${reason}:`;
  if (moved) return `${into} table ${outputs[0]} moves`;
  const files = inputs.map(({ length }) => length).join(' + ');
  const result = outputs.length === 0 ? 'nothing' : outputs.join(' ');
  return `${into} ${files} files (${humanBytes(row.bytesRead)}) become ${result} (${humanBytes(row.bytesWritten)}); ${plural(row.entriesKept, 'entry', 'entries')} kept, ${row.entriesDropped} dropped`;
}

function levelRows(before: Version, after: Version): string[][] {
  const rows = [['level', 'files before', 'after', 'bytes before', 'after']];
  for (let level = 0; level < LEVELS; level++) {
    const files = [before, after].map((version) => `${version.levels[level].length}`);
    const bytes = [before, after].map((version) => humanBytes(version.levelBytes(level)));
    rows.push([`${level}`, ...files, ...bytes]);
  }
  return rows;
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
