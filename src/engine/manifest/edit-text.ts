import { escapeBytes } from '../bytes/escape';
import { parseInternalKey, sequenceAt } from '../keys/internal-key';
import type { Problem } from '../problem';
import { isRecord, type ManifestItem } from './manifest-reader';
import type { FileLife } from './timeline';
import { type FileMetaData, LEVELS, type VersionEdit } from './version-edit';

/** The lines of a MANIFEST as text: a paragraph for each edit, damage in its place, and the tail if there is one. */
export function* manifestText(
  items: readonly ManifestItem[],
  tail: Problem | undefined,
): Generator<string, void> {
  let edit = 0;
  for (const item of items) {
    if (isRecord(item)) {
      yield `edit ${edit++} @ ${item.offset}`;
      yield* editLines(item.edit);
    } else yield `damage @ ${item.offset}, ${item.length} bytes: ${item.reason}`;
    yield '';
  }
  if (!tail) return;
  yield `tail @ ${tail.offset}, ${tail.length} bytes: ${tail.message}`;
  yield '';
}

/** The fields of an edit, a line each, in LevelDB's order. */
export function* editLines(edit: VersionEdit): Generator<string, void> {
  if (edit.comparator !== undefined) yield `comparator ${quoted(new TextEncoder().encode(edit.comparator))}`;
  if (edit.logNumber !== undefined) yield `log-number ${edit.logNumber}`;
  if (edit.prevLogNumber !== undefined) yield `prev-log-number ${edit.prevLogNumber}`;
  if (edit.nextFileNumber !== undefined) yield `next-file-number ${edit.nextFileNumber}`;
  if (edit.lastSequence !== undefined) yield `last-sequence ${edit.lastSequence}`;
  for (const { level, key } of edit.compactPointers) yield `compact-pointer level ${level} ${keyText(key)}`;
  for (const { level, number } of edit.deletedFiles) yield `delete level ${level} file ${number}`;
  for (const { level, file } of edit.newFiles) yield `add level ${level} ${fileText(file)}`;
}

/** How many lines editLines gives. */
export function lineCount(edit: VersionEdit): number {
  const { comparator, logNumber, prevLogNumber, nextFileNumber, lastSequence } = edit;
  const single = [comparator, logNumber, prevLogNumber, nextFileNumber, lastSequence];
  const { compactPointers, deletedFiles, newFiles } = edit;
  return (
    single.filter((field) => field !== undefined).length +
    compactPointers.length +
    deletedFiles.length +
    newFiles.length
  );
}

/** The lines of the version after an edit as text: a paragraph for each level that has files. */
export function* versionText(lives: readonly FileLife[]): Generator<string, void> {
  let isFirst = true;
  for (let level = 0; level < LEVELS; level++) {
    const files = lives.filter((life) => life.level === level).map(({ file }) => file);
    if (files.length === 0) continue;
    const bytes = files.reduce((sum, { size }) => sum + Number(size), 0);
    if (!isFirst) yield '';
    isFirst = false;
    yield `level ${level}: ${files.length} files, ${bytes} bytes`;
    for (const file of files) yield fileText(file);
  }
}

function fileText({ number, size, smallest, largest }: FileMetaData): string {
  return `file ${number} size ${size} smallest ${keyText(smallest)} largest ${keyText(largest)}`;
}

/** `"user key" @ 17 value`; a key of no known type has its number. */
function keyText(key: Uint8Array): string {
  const parsed = parseInternalKey(key);
  if (parsed) return `${quoted(parsed.userKey)} @ ${parsed.sequence} ${parsed.type}`;
  const user = key.subarray(0, key.length - 8);
  return `${quoted(user)} @ ${sequenceAt(key, key.length)} type ${key[key.length - 8]}`;
}

/** Escaped as everywhere, the quotation mark too. */
function quoted(bytes: Uint8Array): string {
  return `"${escapeBytes(bytes).replaceAll('"', '\\x22')}"`;
}
