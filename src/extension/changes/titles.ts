import * as vscode from 'vscode';
import type { AppliedChange, ChangeRequest } from '../../worker/change-api';
import { escapeBytes, humanBytes } from '../../worker/format';
import { plural } from '../plural';

const { t } = vscode.l10n;
const SHOWN_KEY = 60;

/** What a change is called, in the imperative. */
export function titleOf(request: ChangeRequest): string {
  switch (request.kind) {
    case 'compact':
      if (!request.from && !request.to) return t('Compact everything');
      return t('Compact from {0} to {1}', end(request.from), end(request.to));
    case 'compact-level':
      return t('Compact level {0} into level {1}', request.level, request.level + 1);
    case 'compact-auto':
      return t('Compact what LevelDB would do next');
    case 'flush':
      return t('Flush the logs to tables');
    case 'recover':
      return t('Recover: open for writing');
    case 'repair':
      return t('Repair: mend what is damaged');
    case 'import':
      return t('Import {0}', request.path.split(/[/\\]/).pop() ?? request.path);
  }
}

/** What a backup's record calls a change: the same in every language. */
export function labelOf(request: ChangeRequest): string {
  return request.kind === 'compact-level' ? `compact level ${request.level}` : request.kind;
}

export function accountOf({ created, replaced, deleted, bytesWritten }: AppliedChange): string {
  return plural(
    created,
    '1 file created, {1} replaced, {2} deleted, {3} written',
    '{0} files created, {1} replaced, {2} deleted, {3} written',
    replaced,
    deleted,
    humanBytes(bytesWritten),
  );
}

/** What a change's lock left open. */
export function lockNotes({ keptOut }: AppliedChange): string[] {
  switch (keptOut) {
    case 'all':
      return [];
    case 'leveldb':
      return [t('The lock kept out LevelDB, but could not keep out goleveldb.')];
    case 'nobody':
      return [t('No lock was held.')];
  }
}

export function shownKey(key: Uint8Array): string {
  const text = escapeBytes(key, 0, Math.min(key.length, SHOWN_KEY));
  return key.length > SHOWN_KEY ? `"${text}…"` : `"${text}"`;
}

export function bytesText(bytes: number): string {
  return plural(bytes, '1 byte', '{0} bytes');
}

function end(key: Uint8Array | undefined): string {
  return key ? shownKey(key) : t('the end');
}
