import { joined } from '../../bytes/copy';
import { addU64, maxU64, type U64 } from '../../bytes/u64';
import type { WritableEnv } from '../../env/env';
import { LogWriter } from '../../log/writer';
import { LsmError } from '../../problem';
import { manifestFileName, parseFileName, temporaryFileName } from '../file-names';
import { collectCounters } from '../manifest-reader';
import { setCurrentFile } from '../set-current';
import { emptyVersionEdit, encodeVersionEdit } from '../version-edit';
import type { ManifestDocument } from './document';
import { recordOf } from './encode';
import { type DocumentFolder, listingOf } from './folder';
import { isEdit } from './state';

/** What a save writes. */
export interface SavePlan {
  /** The MANIFEST's name. */
  name: string;
  bytes: Uint8Array;
  /** The MANIFEST that CURRENT is to name; undefined if CURRENT stays. */
  current: U64 | undefined;
}

/**
 * Plans a save to the file that was read or, `asNew`, to a new MANIFEST that CURRENT is switched to. A new one gets a
 * number that no file has, and if need be one more record with a next file number above it, or LevelDB would write its
 * next MANIFEST over it. Throws an LsmError for damage behind a change, which cannot be carried along.
 */
export function planSave(document: ManifestDocument, folder: DocumentFolder, asNew: boolean): SavePlan {
  const { base, encoded } = document;
  if (!asNew) {
    if (!encoded.bytes) throw notCarried(base.name);
    const parsed = parseFileName(base.name);
    if (document.state.switchesCurrent && parsed?.kind !== 'manifest') {
      const message = `CURRENT cannot name ${base.name}: it is no name of a MANIFEST`;
      throw new LsmError('Invalid argument', 'invalid-argument', message, base.name);
    }
    const current = document.state.switchesCurrent ? parsed?.number : undefined;
    return { name: base.name, bytes: encoded.bytes, current };
  }
  const { nextFileNumber = 0 } = collectCounters(document.edits);
  let number: U64 = maxU64(nextFileNumber, 1);
  for (const file of listingOf(folder)?.files ?? []) number = maxU64(number, addU64(file.number, 1));
  const next = { ...emptyVersionEdit(), nextFileNumber: addU64(number, 1) };
  return {
    name: manifestFileName(number),
    bytes: newManifest(document, nextFileNumber === 0 ? [] : [encodeVersionEdit(next)]),
    current: number,
  };
}

/** Damage and tail stay behind. */
function newManifest(document: ManifestDocument, more: readonly Uint8Array[]): Uint8Array {
  const { items } = document.state;
  if (!items.every(isEdit)) throw notCarried(document.base.name);
  const parts: Uint8Array[] = [];
  const writer = new LogWriter((part) => parts.push(part.slice()));
  for (const item of items.filter(isEdit)) writer.addRecord(recordOf(document.base, item));
  for (const record of more) writer.addRecord(record);
  return joined(parts);
}

function notCarried(name: string): LsmError {
  const message = 'damage stands behind what was changed, and cannot be carried along: drop it first';
  return new LsmError('Invalid argument', 'bad-record', message, name);
}

/** Writes as planned: the MANIFEST durably under a temporary name, then CURRENT. Throws EnvError. */
export function performSave(env: WritableEnv, directory: string, { name, bytes, current }: SavePlan): void {
  const path = env.join(directory, name);
  // A name that LevelDB removes, should this be left behind.
  const temporary = env.join(directory, temporaryFileName(parseFileName(name)?.number ?? 0));
  const file = env.create(temporary);
  try {
    file.append(bytes);
    file.sync();
  } finally {
    file.close();
  }
  env.rename(temporary, path);
  env.syncDirectory(directory);
  if (current === undefined) return;
  setCurrentFile(env, directory, current);
  env.syncDirectory(directory);
}
