// Edits as JSON: what `lsm manifest --json` prints for them.

import { escapeBytes } from '../../bytes/escape';
import type { U64 } from '../../bytes/u64';
import { sequenceAt, TAG_BYTES, typeAt, type ValueTypeName } from '../../keys/internal-key';
import { emptyVersionEdit, type FileMetaData, type VersionEdit } from '../version-edit';
import type { JsonReader } from './json-reader';
import { SINGLE_FIELDS } from './operation';

export interface KeyJson {
  userKey: string;
  sequence: JsonInteger;
  type: ValueTypeName | number;
}

/** Above 2^53 a string. */
export type JsonInteger = number | string;

export function integerJson(value: U64): JsonInteger {
  return typeof value === 'bigint' ? value.toString() : value;
}

export function keyJson(key: Uint8Array): KeyJson {
  const type = typeAt(key, key.length);
  return {
    userKey: escapeBytes(key, 0, key.length - TAG_BYTES),
    sequence: integerJson(sequenceAt(key, key.length)),
    type: type === 1 ? 'value' : type === 0 ? 'deletion' : type,
  };
}

export function fileFields({ number, size, smallest, largest }: FileMetaData) {
  return {
    number: integerJson(number),
    size: integerJson(size),
    smallest: keyJson(smallest),
    largest: keyJson(largest),
  };
}

/** What is not there is left out. */
export function editFields(edit: VersionEdit): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name of SINGLE_FIELDS) {
    const value = edit[name];
    if (value !== undefined) fields[name] = typeof value === 'string' ? value : integerJson(value);
  }
  const { compactPointers, deletedFiles, newFiles } = edit;
  if (compactPointers.length > 0) {
    fields.compactPointers = compactPointers.map(({ level, key }) => {
      const { userKey, sequence, type } = keyJson(key);
      return { level, key: userKey, sequence, type };
    });
  }
  if (deletedFiles.length > 0) {
    fields.deletedFiles = deletedFiles.map(({ level, number }) => ({ level, number: integerJson(number) }));
  }
  if (newFiles.length > 0)
    fields.newFiles = newFiles.map(({ level, file }) => ({ level, ...fileFields(file) }));
  return fields;
}

/** Throws an OperationError. */
export function readEdit(reader: JsonReader): VersionEdit {
  const edit = emptyVersionEdit();
  if (reader.has('comparator')) edit.comparator = reader.string('comparator');
  for (const name of SINGLE_FIELDS) {
    if (name !== 'comparator' && reader.has(name)) edit[name] = reader.u64(name);
  }
  if (reader.has('compactPointers')) {
    edit.compactPointers = reader.list('compactPointers', (item) => ({
      level: item.level('level'),
      key: item.key('key'),
    }));
  }
  if (reader.has('deletedFiles')) {
    edit.deletedFiles = reader.list('deletedFiles', (item) => ({
      level: item.level('level'),
      number: item.u64('number'),
    }));
  }
  if (reader.has('newFiles')) {
    edit.newFiles = reader.list('newFiles', (item) => ({
      level: item.level('level'),
      file: readFileFields(item),
    }));
  }
  reader.end();
  return edit;
}

export function readFileFields(reader: JsonReader): FileMetaData {
  return {
    number: reader.u64('number'),
    size: reader.u64('size'),
    smallest: readKey(reader, 'smallest'),
    largest: readKey(reader, 'largest'),
  };
}

export function readKey(reader: JsonReader, name: string): Uint8Array {
  const key = reader.member(name);
  const bytes = key.key();
  key.end();
  return bytes;
}

export function readEdits(reader: JsonReader, name: string): VersionEdit[] {
  return reader.list(name, readEdit);
}
