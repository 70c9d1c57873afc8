import { humanBytes } from '../../engine/bytes/human';
import { Database } from '../../engine/db/database';
import type { DryRun } from '../../engine/db/dry-run';
import type { Options } from '../../engine/db/options';
import { EnvError } from '../../engine/env/env';
import type { Version } from '../../engine/manifest/version';
import { LEVELS } from '../../engine/manifest/version-edit';
import { LsmError } from '../../engine/problem';
import type { Steps } from '../../engine/trace/events';
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
  summary: 'a dry run of a compaction: without options of everything, as CompactRange does it',
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
    return runDry(
      args,
      directory,
      summary.listen,
      (dryRun, options) => compaction(dryRun, options, request),
      (after, dryRun) => {
        print(output, dryRun, after, summary);
        return ExitCode.done;
      },
    );
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

/** The version afterwards. What is due after opening comes first, as LevelDB's background thread begins at once. */
function* compaction(dryRun: DryRun, options: Options, request: Request): Steps<Version> {
  const { auto, level, from, to } = request;
  const database = yield* open(dryRun, options);
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

/** Opens the database. A file of it that cannot be read is damage; one that this user may not read is not. */
function* open({ env, directory }: DryRun, options: Options): Steps<Database> {
  try {
    return yield* Database.open(env, directory, options);
  } catch (error) {
    if (error instanceof LsmError && error.code === 'invalid-argument') {
      // The folder is a database's, or there would be no dry run on it: CURRENT is lost.
      throw new LsmError(error.status, 'bad-current', error.message, 'CURRENT');
    }
    if (!(error instanceof EnvError) || error.code === 'permission') throw error;
    throw new LsmError('IO error', 'io', error.reason, error.path);
  }
}

function print(output: Output, dryRun: DryRun, after: Version, summary: CompactionSummary): void {
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
    });
    return;
  }
  output.line(`dry run on ${dryRun.directory}: nothing was changed`);
  const { logsReplayed, tables } = recovered;
  output.line(
    `opening would replay ${plural(logsReplayed, 'log')} into ${
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
  output.line(
    `${plural(created.length, 'file')} created, ${replaced.length} replaced, ${deleted.length} deleted`,
  );
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
