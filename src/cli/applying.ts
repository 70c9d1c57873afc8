import { resolve } from 'node:path';
import { humanBytes } from '../engine/bytes/human';
import type { ChangeAccount, ChangeOptions, ChangeProgress } from '../engine/db/change';
import { isInside } from '../engine/env/node-paths';
import { messageLine } from './command';
import { UsageError } from './exit';
import { runJob } from './job';
import { lockOptions } from './locking';
import type { Arguments, OptionSpecs } from './options';
import { type Output, oneLine, writeError } from './output';

export const applyOptions: OptionSpecs = {
  apply: { help: 'do it to the database, after a backup of what is replaced and deleted' },
  'backup-to': { value: 'FOLDER', help: 'with --apply: make the backup in FOLDER instead of beside DIR' },
  ...lockOptions,
};

/** What was asked for with --apply; undefined for a dry run. */
export function changeOptions(args: Arguments, label: string): ChangeOptions | undefined {
  const backupParent = backupParentOf(args);
  if (args.has('apply')) return { label, backupParent };
  if (backupParent !== undefined) throw new UsageError('--backup-to says where --apply makes the backup');
  if (args.has('without-lock'))
    throw new UsageError('--without-lock is for --apply: a dry run takes no lock');
  return undefined;
}

export function backupParentOf(args: Arguments): string | undefined {
  const folder = args.text('backup-to');
  if (folder === undefined) return undefined;
  if (isInside(folder, args.positionals[0])) {
    throw new UsageError(`--backup-to: ${folder} lies in the database's own folder`);
  }
  return resolve(folder);
}

export function runChange(change: Generator<ChangeProgress, ChangeAccount>): Promise<ChangeAccount> {
  return runJob(
    change,
    ({ phase, file, filesDone, filesTotal }) => `${phase}: ${filesDone} of ${filesTotal}  ${file}`,
  );
}

/** The command line that takes a change back. */
export function undoLine(directory: string, { backup }: ChangeAccount): string {
  return `lsm restore ${quoted(directory)} ${quoted(backup)} --apply`;
}

function quoted(path: string): string {
  return /^[\w./:\\-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** A change as JSON; null where there was none. */
export function accountJson(directory: string, account: ChangeAccount | undefined) {
  return account ? { ...account, undo: undoLine(directory, account) } : null;
}

/** A change for people. What could not be finished is told on standard error, too, with --json. */
export function printAccount(output: Output, directory: string, account: ChangeAccount): void {
  const { created, replaced, deleted, bytesWritten, bytesDeleted, backup } = account;
  const counts = `${created.length} created, ${replaced.length} replaced, ${deleted.length} deleted`;
  output.line(
    `done to ${oneLine(directory)}: files ${counts}; ${humanBytes(bytesWritten)} written, ${humanBytes(bytesDeleted)} deleted`,
  );
  output.line(`backup: ${oneLine(backup)}`);
  output.line(`to undo it: ${oneLine(undoLine(directory, account))}`);
}

export function reportUnfinished({ unfinished }: ChangeAccount, directory: string): void {
  for (const name of unfinished)
    writeError(messageLine(name, undefined, `could not be removed or put back in ${directory}`));
}
