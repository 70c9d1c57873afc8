import { humanBytes } from '../../engine/bytes/human';
import { isLiveLog } from '../../engine/db/folder-state';
import { engineOf, type Inspection } from '../../engine/db/inspection';
import { EnvError } from '../../engine/env/env';
import { LEVELS } from '../../engine/manifest/version-edit';
import { type Command, hasErrors, reportListed } from '../command';
import { env, openDatabase } from '../database';
import { ExitCode } from '../exit';
import type { Arguments } from '../options';
import { type Output, oneLine, table } from '../output';
import { internalKeyText, levelsJson, problemsJson, problemText } from '../shapes';

const ENGINE_NAMES = {
  leveldb: 'LevelDB',
  rocksdb: 'RocksDB',
  pebble: 'Pebble',
  unknown: 'unknown',
} as const;

export const info: Command = {
  name: 'info',
  arguments: 'DIR',
  summary: 'what the MANIFEST and the directory say; reads no table',
  options: { tables: { help: 'list every table (text; JSON always does)' } },
  run(args, output) {
    const [directory] = args.positionals;
    const { engine, listing } = engineOf(env, directory);
    if (engine === 'rocksdb' || engine === 'pebble') {
      return describeOther(output, engine, directory, listing.files.length + listing.others.length);
    }
    return describe(args, output, directory);
  },
};

/** A database of another engine is named for what it is. */
function describeOther(
  output: Output,
  engine: 'rocksdb' | 'pebble',
  directory: string,
  files: number,
): ExitCode {
  const message = `a ${ENGINE_NAMES[engine]} database: it is named here, but its files are not LevelDB's and are not read`;
  if (output.json) {
    const problem = { severity: 'warning', file: '.', code: 'other-engine', message } as const;
    output.value({
      engine,
      comparator: null,
      manifest: null,
      logNumber: null,
      prevLogNumber: null,
      nextFileNumber: null,
      lastSequence: null,
      levels: [],
      logs: [],
      orphans: [],
      problems: problemsJson([problem]),
      files,
    });
  } else output.line(`${directory}: ${message} (${files} files)`);
  return ExitCode.done;
}

function describe(args: Arguments, output: Output, directory: string): ExitCode {
  const db = openDatabase(args, directory);
  const { versions, version, listing, liveLogs } = db;
  const orphans = listing.besides(version).filter(({ kind }) => kind === 'table');
  const sizes = new Map(liveLogs.map(({ name, file }) => [name, file.size()]));
  const logs = listing.logs.map(({ number, name }) => ({
    number,
    size: sizes.get(name) ?? sizeOf(directory, name) ?? null,
    live: isLiveLog(number, versions.logNumber, versions.prevLogNumber),
  }));
  const summary = {
    engine: 'leveldb',
    comparator: versions.comparatorName,
    manifest: versions.manifest === '' ? null : versions.manifest,
    logNumber: versions.logNumber,
    prevLogNumber: versions.prevLogNumber,
    nextFileNumber: versions.nextFileNumber,
    lastSequence: versions.lastSequence,
  };
  if (output.json) {
    const names = orphans.map(({ name }) => name);
    output.value({
      ...summary,
      levels: levelsJson(output, version),
      logs,
      orphans: names,
      problems: problemsJson(db.problems),
    });
    db.close();
    return concludeListed(db, output);
  }

  output.line(`LevelDB database ${directory}`);
  for (const [label, value] of [
    [
      'comparator',
      `${oneLine(versions.comparatorName)}${versions.comparatorKnown ? '' : ' (not known here)'}`,
    ],
    ['MANIFEST', `${summary.manifest ?? 'none'}, ${versions.edits} edits`],
    ['next file', versions.nextFileNumber],
    ['last sequence', `${versions.lastSequence} (before what the logs hold)`],
    [
      'log',
      `${versions.logNumber}${versions.prevLogNumber === 0 ? '' : `, previous ${versions.prevLogNumber}`}`,
    ],
  ]) {
    output.line(`  ${String(label).padEnd(14)}${value}`);
  }
  output.line();
  const rows = [['level', 'files', 'bytes', 'score']];
  for (let level = 0; level < LEVELS; level++) {
    const score = level === LEVELS - 1 ? '' : version.score(level).toFixed(2);
    rows.push([`${level}`, `${version.levels[level].length}`, humanBytes(version.levelBytes(level)), score]);
  }
  for (const row of table(rows, [0, 1, 2, 3])) output.line(row);
  if (args.has('tables')) {
    output.line();
    for (const { level, file } of version.files()) {
      const range = `${internalKeyText(output, file.smallest)} .. ${internalKeyText(output, file.largest)}`;
      output.line(
        `level ${level}  ${db.tables.nameOf(file.number)}  ${humanBytes(Number(file.size))}  ${range}`,
      );
    }
  }
  output.line();
  for (const { number, size, live: isLive } of logs) {
    const bytes = size === null ? 'unreadable' : humanBytes(size);
    output.line(`log ${number}: ${bytes}, ${isLive ? 'live' : 'stale'}`);
  }
  for (const problem of db.problems) output.line(problemText(problem));
  db.close();
  return concludeListed(db, output);
}

function concludeListed({ problems }: Inspection, output: Output): ExitCode {
  reportListed(output, problems);
  return hasErrors(problems) ? ExitCode.damaged : ExitCode.done;
}

/** Undefined for a link that leads nowhere. */
function sizeOf(directory: string, name: string): number | undefined {
  try {
    return env.stat(env.join(directory, name)).size;
  } catch (error) {
    if (error instanceof EnvError) return undefined;
    throw error;
  }
}
