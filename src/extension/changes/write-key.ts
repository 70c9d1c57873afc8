import * as vscode from 'vscode';
import type { ChosenWays, FormerValue, KeyWrite, WrittenKey } from '../../worker/change-api';
import { WorkerClient, WorkerError } from '../../worker/client';
import type { Database } from '../databases/database';
import { Command } from '../ids';
import type { ChangeClient } from './change';
import { failureOf } from './failure';
import { withProgress } from './progress';
import { requireTrust } from './rules';
import { bytesText, shownKey } from './titles';
import { askWithoutLock } from './without-lock';

const { t } = vscode.l10n;

/** A former value of more bytes is not kept for an undo. */
const MAX_FORMER_BYTES = 16 << 20;

/**
 * Writes a put or a delete to a database at once, tells what it did and offers to undo it. Undefined if it was refused,
 * which is told, or cancelled. `newest`: the newest sequence that the key may have.
 */
export async function writeKey(
  database: Database,
  workers: string,
  request: KeyWrite,
  { chosen = {}, newest }: { chosen?: ChosenWays; newest?: number | bigint } = {},
): Promise<WrittenKey | undefined> {
  const client: ChangeClient = new WorkerClient(workers, 'change');
  try {
    requireTrust();
    const options = {
      chosen,
      maxFormerBytes: MAX_FORMER_BYTES,
      ...(newest === undefined ? {} : { newest }),
    };
    const written = await askWithoutLock(database, ({ withoutLock = false }) =>
      withProgress(titleOf(request), (job) =>
        client.run('write', [database.uri.fsPath, request, { ...options, withoutLock }], job),
      ),
    );
    if (written) void tellWritten(database, workers, request, written, chosen);
    return written;
  } catch (error) {
    void tellRefused(database, workers, request, error, newest);
    return undefined;
  } finally {
    await client.dispose();
    await database.refresh();
  }
}

async function tellWritten(
  database: Database,
  workers: string,
  request: KeyWrite,
  { sequence, former }: WrittenKey,
  chosen: ChosenWays,
): Promise<void> {
  const key = shownKey(request.key);
  const held = heldText(former);
  const message =
    request.kind === 'put'
      ? t('Put {0} into {1} ({2}).', key, database.name, held)
      : t('Deleted {0} from {1} ({2}).', key, database.name, held);
  const back = undoOf(request, former);
  const undo = t('Undo');
  const clicked = await vscode.window.showInformationMessage(message, ...(back ? [undo] : []));
  if (clicked && back) await writeKey(database, workers, back, { chosen, newest: sequence });
}

/** What takes a write back; undefined where there is nothing to take back, or what the key held is not known. */
function undoOf({ kind, key }: KeyWrite, former: FormerValue | undefined): KeyWrite | undefined {
  if (!former) return undefined;
  if (!former.found) return kind === 'put' ? { kind: 'delete', key } : undefined;
  return former.value && { kind: 'put', key, value: former.value };
}

function heldText(former: FormerValue | undefined): string {
  if (!former) return t('what it held could not be read');
  if (!former.found) return t('there was no such key');
  return t('it held {0}, {1}', shownKey(former.start), bytesText(former.valueBytes));
}

async function tellRefused(
  database: Database,
  workers: string,
  request: KeyWrite,
  error: unknown,
  newest: number | bigint | undefined,
): Promise<void> {
  const code = error instanceof WorkerError ? error.code : '';
  const { message, advice } = refusalOf(code, error);
  const text = `${titleOf(request)} (${database.name}): ${message} ${advice}`.trim();
  if (code === 'unwritten-compression') {
    const ways = new Map<string, ChosenWays>([
      [t('Write with Snappy'), { compression: 'snappy' }],
      [t('Write without Compression'), { compression: 'none' }],
    ]);
    const clicked = await vscode.window.showErrorMessage(text, ...ways.keys());
    const chosen = clicked && ways.get(clicked);
    if (chosen) {
      await writeKey(database, workers, request, {
        chosen,
        ...(newest === undefined ? {} : { newest }),
      });
    }
    return;
  }
  const recover = t('Recover…');
  const clicked = await vscode.window.showErrorMessage(text, ...(LOSSES.has(code) ? [recover] : []));
  if (clicked) await vscode.commands.executeCommand(Command.recover, { kind: 'database', database });
}

/** Damage that opening would pass by, or that stands in its way. */
const LOSSES = new Set([
  'bad-current',
  'bad-record',
  'bad-version-edit',
  'bad-write-batch',
  'checksum-mismatch',
  'io',
  'missing-file',
  'unreadable',
]);

function refusalOf(code: string, error: unknown): { message: string; advice: string } {
  const { message, advice } = failureOf(error);
  if (code === 'moved-on') return { message: t('It was written to since: nothing was undone.'), advice: '' };
  if (code === 'locked') return { message, advice: t('Close it there, then try again.') };
  if (!LOSSES.has(code)) return { message, advice };
  return {
    message,
    advice: t('Nothing was written: opening would lose data. “Recover…” shows what.'),
  };
}

function titleOf({ kind, key }: KeyWrite): string {
  return kind === 'put' ? t('Put {0}', shownKey(key)) : t('Delete {0}', shownKey(key));
}
