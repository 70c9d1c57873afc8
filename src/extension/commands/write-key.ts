import * as vscode from 'vscode';
import type { KeyWrite, WrittenKey } from '../../worker/change-api';
import { bytesText, shownKey } from '../changes/titles';
import { writeKey } from '../changes/write-key';
import type { Database } from '../databases/database';
import { askForKey, bytesOf } from './ask';
import type { ChangeArguments, ChangeRooms } from './changes';

const { t } = vscode.l10n;

/** Of a value that is shown in a prompt. */
const SHOWN_BYTES = 200;

// What a person typed here is its own preview, and is written at once. What came as an argument was clicked: it is
// asked first, unless the caller has seen to that.

export async function put(rooms: ChangeRooms, database: Database, args: ChangeArguments) {
  const title = t('Put a Key into {0}', database.name);
  const key = args.key === undefined ? await askForKey(title, t('The key.')) : bytesOf(args.key);
  if (!key) return undefined;
  if (args.value === undefined) {
    const value = await askForKey(
      title,
      `${t('The value of {0}.', shownKey(key))} ${await nowText(database, key)}`.trim(),
    );
    return value && write(rooms, database, { kind: 'put', key, value }, args);
  }
  const value = bytesOf(args.value);
  return value && askedFirst(rooms, database, { kind: 'put', key, value }, args);
}

export async function deleteKey(rooms: ChangeRooms, database: Database, args: ChangeArguments) {
  if (args.key === undefined) {
    const key = await askForKey(t('Delete a Key of {0}', database.name), t('The key.'));
    return key && write(rooms, database, { kind: 'delete', key }, args);
  }
  const key = bytesOf(args.key);
  return key && askedFirst(rooms, database, { kind: 'delete', key }, args);
}

async function askedFirst(
  rooms: ChangeRooms,
  database: Database,
  request: KeyWrite,
  args: ChangeArguments,
): Promise<WrittenKey | undefined> {
  if (!args.confirmed) {
    const key = shownKey(request.key);
    const [question, yes] =
      request.kind === 'put'
        ? [t('Put {0} into {1}?', key, database.name), t('Put')]
        : [t('Delete {0} from {1}?', key, database.name), t('Delete')];
    const lines = [await nowText(database, request.key)];
    if (request.kind === 'put') {
      lines.push(t('Then: {0} ({1}).', shownKey(request.value), bytesText(request.value.length)));
    }
    const detail = lines.join('\n');
    const chosen = await vscode.window.showWarningMessage(question, { modal: true, detail }, yes);
    if (chosen !== yes) return undefined;
  }
  return write(rooms, database, request, args);
}

function write(
  { workers }: ChangeRooms,
  database: Database,
  request: KeyWrite,
  { compression }: ChangeArguments,
): Promise<WrittenKey | undefined> {
  return writeKey(database, workers, request, compression ? { chosen: { compression } } : {});
}

/** What a key holds now; empty where that cannot be read. */
async function nowText(database: Database, key: Uint8Array): Promise<string> {
  try {
    await database.refresh();
    const now = await database.client.call('value', key, undefined, SHOWN_BYTES);
    return now.found
      ? t('Now: {0} ({1}).', shownKey(now.value), bytesText(now.valueBytes))
      : t('Now the database has no such key.');
  } catch {
    return '';
  }
}
