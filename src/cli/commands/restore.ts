import { resolve } from 'node:path';
import { backupContainer, listBackups } from '../../engine/db/backup-folder';
import { previewRestore, restoreBackup } from '../../engine/db/restore';
import { ignoreFailure } from '../../engine/env/env';
import { LsmError } from '../../engine/problem';
import {
  accountJson,
  applyOptions,
  backupParentOf,
  printAccount,
  reportUnfinished,
  runChange,
} from '../applying';
import type { Command } from '../command';
import { env } from '../database';
import { ExitCode } from '../exit';
import { writableEnv } from '../locking';
import { type Output, oneLine, table } from '../output';

export const restore: Command = {
  name: 'restore',
  arguments: 'DIR [BACKUP]',
  summary:
    'puts DIR back to what it was before an --apply, as a dry run without --apply; without BACKUP a list of backups',
  options: {
    ...applyOptions,
    'backup-to': { value: 'FOLDER', help: 'look for backups, and make one, in FOLDER instead of beside DIR' },
    force: { help: 'also if the database has moved on since; what was written since is lost' },
  },
  async run(args, output) {
    const [given, name] = args.positionals;
    const directory = resolve(given);
    const backupParent = backupParentOf(args);
    if (name === undefined) return list(output, directory, backupParent);
    const backup = folderOf(directory, name, backupParent);
    const preview = previewRestore(env, directory, backup);
    const force = args.has('force');
    const apply = args.has('apply');
    if (preview.lost !== undefined && !force) {
      const message = `the database has moved on since the backup was made: ${preview.lost}; --force restores all the same`;
      throw new LsmError('Invalid argument', 'moved-on', message, directory);
    }
    const account = apply
      ? await runChange(restoreBackup(writableEnv(args), directory, backup, { force, backupParent }))
      : undefined;
    const { record, created, replaced, deleted, lost = null } = preview;
    const files = new Map(record.saved.map(({ name, size }) => [name, size]));
    const put = [...created, ...replaced];
    const bytes = put.reduce((sum, name) => sum + (files.get(name) ?? 0), 0);
    if (output.json) {
      output.value({
        files: put.length,
        bytes,
        lost,
        filesCreated: created,
        filesReplaced: replaced,
        filesDeleted: deleted,
        applied: accountJson(directory, account),
      });
    } else {
      const shown = oneLine(directory);
      output.line(account ? `restore of ${shown}` : `dry run on ${shown}: nothing was changed`);
      output.line(`backup of ${record.time}, made by: ${oneLine(record.label)}`);
      if (lost !== null) output.line(`lost: ${oneLine(lost)}`);
      for (const [what, names] of [
        ['put back', created],
        ['replaced', replaced],
        ['deleted', deleted],
      ] as const) {
        if (names.length > 0) output.line(`${what}: ${oneLine(names.join(' '))}`);
      }
      if (account) printAccount(output, directory, account);
    }
    if (account) reportUnfinished(account, directory);
    return ExitCode.done;
  },
};

/** A folder, or the name of one among the database's backups. */
function folderOf(directory: string, name: string, parent: string | undefined): string {
  const among = env.join(backupContainer(env, directory, parent), name);
  const isName = !/[/\\]/.test(name) && ignoreFailure(() => env.stat(among)) !== undefined;
  return isName ? among : name;
}

function list(output: Output, directory: string, parent: string | undefined): ExitCode {
  // A folder that is not there is a mistake, not one without backups.
  env.list(directory);
  const backups = listBackups(env, directory, parent);
  if (output.json) {
    output.value({
      backups: backups.map(({ name, folder, record, problem = null }) => ({
        name,
        folder,
        time: record?.time ?? null,
        label: record?.label ?? null,
        files: record?.saved.length ?? null,
        problem,
      })),
    });
  } else if (backups.length === 0) {
    output.line(`no backups in ${oneLine(backupContainer(env, directory, parent))}`);
  } else {
    const rows = backups.map(({ name, record, problem }) => [
      oneLine(name),
      oneLine(record ? record.label : `not usable: ${problem}`),
    ]);
    for (const row of table([['backup', 'made by'], ...rows])) output.line(row);
  }
  return ExitCode.done;
}
