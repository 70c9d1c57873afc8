// The JSON shapes that several commands share.

import { addU64, type U64 } from '../engine/bytes/u64';
import { sequenceAt, TAG_BYTES, typeAt, type ValueTypeName } from '../engine/keys/internal-key';
import type { Version } from '../engine/manifest/version';
import { type FileMetaData, LEVELS, type VersionEdit } from '../engine/manifest/version-edit';
import type { Problem } from '../engine/problem';
import { type Output, oneLine } from './output';

export interface InternalKeyJson {
  userKey: string;
  sequence: U64;
  type: ValueTypeName | number;
}

/** `type` is a number where it is none that LevelDB knows. */
export function internalKeyJson(
  output: Output,
  key: Uint8Array,
  start = 0,
  end = key.length,
): InternalKeyJson {
  if (end - start < TAG_BYTES) return { userKey: output.bytes(key, start, end), sequence: 0, type: -1 };
  return {
    userKey: output.bytes(key, start, end - TAG_BYTES),
    sequence: sequenceAt(key, end),
    type: typeName(typeAt(key, end)),
  };
}

export function typeName(type: number): ValueTypeName | number {
  return type === 1 ? 'value' : type === 0 ? 'deletion' : type;
}

/** An internal key for people: `"key" @ 12 (deletion)`. */
export function internalKeyText(output: Output, key: Uint8Array, start = 0, end = key.length): string {
  const { userKey, sequence, type } = internalKeyJson(output, key, start, end);
  return `"${userKey}" @ ${sequence}${type === 'value' ? '' : ` (${type})`}`;
}

export function fileJson(output: Output, { number, size, smallest, largest }: FileMetaData) {
  return {
    number,
    size,
    smallest: internalKeyJson(output, smallest),
    largest: internalKeyJson(output, largest),
  };
}

export function levelsJson(output: Output, version: Version) {
  return Array.from({ length: LEVELS }, (_, level) => ({
    level,
    score: version.score(level),
    bytes: version.levels[level].reduce<U64>((sum, { size }) => addU64(sum, size), 0),
    files: version.levels[level].map((file) => fileJson(output, file)),
  }));
}

export function editJson(output: Output, edit: VersionEdit) {
  const { comparator, logNumber, prevLogNumber, nextFileNumber, lastSequence } = edit;
  return {
    comparator,
    logNumber,
    prevLogNumber,
    nextFileNumber,
    lastSequence,
    compactPointers: edit.compactPointers.map(({ level, key }) => {
      const { userKey, sequence, type } = internalKeyJson(output, key);
      return { level, key: userKey, sequence, type };
    }),
    deletedFiles: edit.deletedFiles,
    newFiles: edit.newFiles.map(({ level, file }) => ({ level, ...fileJson(output, file) })),
  };
}

/** Problems with all fields: null where a place is not known. */
export function problemsJson(problems: readonly Problem[]) {
  return problems.map(({ severity, file, offset, length, code, message }) => ({
    severity,
    file,
    offset: offset ?? null,
    length: length ?? null,
    code,
    message,
  }));
}

export function problemText({ severity, file, offset, length, message }: Problem): string {
  const place = offset === undefined ? file : `${file}@${offset}${length === undefined ? '' : `+${length}`}`;
  return oneLine(`${severity}: ${place}: ${message}`);
}
