import { escapeBytes } from '../bytes/escape';
import { parseInternalKey, sequenceAt } from '../keys/internal-key';
import { isRecord, type ManifestItem } from './manifest-reader';
import type { FileLife } from './timeline';
import { type FileMetaData, LEVELS, type VersionEdit } from './version-edit';

/** The text of a MANIFEST: a paragraph for each edit, damage in its place. README.md has the grammar. */
export function* manifestText(items: readonly ManifestItem[]): Generator<string> {
  let edit = 0;
  for (const item of items) {
    if (isRecord(item)) yield [`edit ${edit++} @ ${item.offset}`, ...editLines(item.edit)].join('\n');
    else yield `damage @ ${item.offset}, ${item.length} bytes: ${item.reason}`;
  }
}

/** The fields of an edit, a line each, in LevelDB's order. */
export function editLines(edit: VersionEdit): string[] {
  const lines: string[] = [];
  if (edit.comparator !== undefined)
    lines.push(`comparator ${quoted(new TextEncoder().encode(edit.comparator))}`);
  if (edit.logNumber !== undefined) lines.push(`log-number ${edit.logNumber}`);
  if (edit.prevLogNumber !== undefined) lines.push(`prev-log-number ${edit.prevLogNumber}`);
  if (edit.nextFileNumber !== undefined) lines.push(`next-file-number ${edit.nextFileNumber}`);
  if (edit.lastSequence !== undefined) lines.push(`last-sequence ${edit.lastSequence}`);
  for (const { level, key } of edit.compactPointers)
    lines.push(`compact-pointer level ${level} ${keyText(key)}`);
  for (const { level, number } of edit.deletedFiles) lines.push(`delete level ${level} file ${number}`);
  for (const { level, file } of edit.newFiles) lines.push(`add level ${level} ${fileText(file)}`);
  return lines;
}

/** The version after an edit: a paragraph for each level that has files. */
export function versionText(lives: readonly FileLife[]): string {
  const paragraphs: string[] = [];
  for (let level = 0; level < LEVELS; level++) {
    const files = lives.filter((life) => life.level === level).map(({ file }) => file);
    if (files.length === 0) continue;
    const bytes = files.reduce((sum, { size }) => sum + Number(size), 0);
    paragraphs.push(
      [`level ${level}: ${files.length} files, ${bytes} bytes`, ...files.map(fileText)].join('\n'),
    );
  }
  return `${paragraphs.join('\n\n')}\n`;
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
