// The JSON forms of what events are made of. A form writes a value and reads the same one back; what cannot be one is
// refused with the path to it.

import { escapeBytes, unescapeBytes } from '../bytes/escape';
import { parseU64, type U64 } from '../bytes/u64';
import { encodeInternalKey, MAX_SEQUENCE, sequenceAt, TAG_BYTES, typeAt } from '../keys/internal-key';
import { type FileMetaData, LEVELS, type VersionEdit } from '../manifest/version-edit';

/** What JSON.parse gives. */
export type Json = null | boolean | number | string | Json[] | { [field: string]: Json };

export interface Form<T> {
  write(value: T): Json;
  /** Throws a FormError. `path` says where the value stands. */
  read(json: Json | undefined, path: string): T;
}

/** A value is not what it has to be. */
export class FormError extends Error {}

/** Forms of the fields of an object. */
export type FieldForms<T> = { [K in keyof T]-?: Form<T[K]> };

function refuse(path: string, expected: string): never {
  throw new FormError(`${path} is not ${expected}`);
}

function simple<T>(type: 'string' | 'boolean', expected: string): Form<T> {
  return {
    write: (value) => value as Json,
    read: (json, path) => (typeof json === type ? (json as T) : refuse(path, expected)),
  };
}

export const text: Form<string> = simple('string', 'a text');
export const flag: Form<boolean> = simple('boolean', 'true or false');

/** A count, size or offset: a whole number up to 2^53 - 1. */
export const count: Form<number> = {
  write: (value) => value,
  read: (json, path) =>
    typeof json === 'number' && Number.isSafeInteger(json) && json >= 0
      ? json
      : refuse(path, 'a whole number'),
};

/** Seeks left may be fewer than none. */
export const integer: Form<number> = {
  write: (value) => value,
  read: (json, path) =>
    typeof json === 'number' && Number.isSafeInteger(json) ? json : refuse(path, 'a whole number'),
};

export const real: Form<number> = {
  write: (value) => value,
  read: (json, path) => (typeof json === 'number' ? json : refuse(path, 'a number')),
};

/** An integer of 64 bits: a string above 2^53 - 1. */
export const u64: Form<U64> = {
  write: (value) => (typeof value === 'bigint' ? value.toString() : value),
  read(json, path) {
    const value = typeof json === 'string' ? parseU64(json) : undefined;
    return value ?? (typeof json === 'number' ? count.read(json, path) : refuse(path, 'an unsigned integer'));
  },
};

/** Escaped: \xNN for all but printable ASCII, and for the backslash. */
export const bytes: Form<Uint8Array> = {
  write: (value) => escapeBytes(value),
  read(json, path) {
    try {
      return unescapeBytes(text.read(json, path));
    } catch (error) {
      if (error instanceof RangeError) refuse(path, 'an escaped byte string');
      throw error;
    }
  },
};

/** A level of the tree. */
export const level: Form<number> = {
  write: (value) => value,
  read(json, path) {
    const value = count.read(json, path);
    return value < LEVELS ? value : refuse(path, `a level from 0 to ${LEVELS - 1}`);
  },
};

export function oneOf<T extends string>(...values: readonly T[]): Form<T> {
  return {
    write: (value) => value,
    read: (json, path) =>
      values.find((value) => value === json) ?? refuse(path, `one of ${values.join(', ')}`),
  };
}

/** null stands for what is undefined. */
export function optional<T>(form: Form<T>): Form<T | undefined> {
  return {
    write: (value) => (value === undefined ? null : form.write(value)),
    read: (json, path) => (json === null || json === undefined ? undefined : form.read(json, path)),
  };
}

export function list<T>(form: Form<T>): Form<T[]> {
  return {
    write: (values) => values.map((value) => form.write(value)),
    read: (json, path) =>
      Array.isArray(json) ? json.map((item, i) => form.read(item, `${path}[${i}]`)) : refuse(path, 'a list'),
  };
}

/** A list of exactly so many. */
export function fixedList<T>(form: Form<T>, length: number): Form<T[]> {
  const any = list(form);
  return {
    write: any.write,
    read(json, path) {
      const values = any.read(json, path);
      return values.length === length ? values : refuse(path, `a list of ${length}`);
    },
  };
}

export function object<T extends object>(fields: FieldForms<T>): Form<T> {
  const forms = Object.entries(fields) as [keyof T & string, Form<T[keyof T]>][];
  return {
    write: (value) => Object.fromEntries(forms.map(([name, form]) => [name, form.write(value[name])])),
    read(json, path) {
      if (!isObject(json)) refuse(path, 'an object');
      // Own fields alone: a form must not take what every object inherits.
      return Object.fromEntries(
        forms.map(([name, form]) => [name, form.read(fieldOf(json, name), `${path}.${name}`)]),
      ) as T;
    },
  };
}

export function isObject(json: Json | undefined): json is { [field: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

export function fieldOf(json: { [field: string]: Json }, name: string): Json | undefined {
  return Object.hasOwn(json, name) ? json[name] : undefined;
}

const TYPES = ['deletion', 'value'] as const;

/**
 * An internal key: {userKey, sequence, type}, where `type` is a number if it is none that LevelDB knows; a byte string
 * if it is too short for that.
 */
export const internalKey: Form<Uint8Array> = {
  write(key) {
    if (key.length < TAG_BYTES) return escapeBytes(key);
    const type = typeAt(key, key.length);
    return {
      userKey: escapeBytes(key, 0, key.length - TAG_BYTES),
      sequence: u64.write(sequenceAt(key, key.length)),
      type: TYPES[type] ?? type,
    };
  },
  read(json, path) {
    if (typeof json === 'string') return bytes.read(json, path);
    if (!isObject(json)) refuse(path, 'an internal key');
    const userKey = bytes.read(fieldOf(json, 'userKey'), `${path}.userKey`);
    const sequence = u64.read(fieldOf(json, 'sequence'), `${path}.sequence`);
    if (sequence > MAX_SEQUENCE) refuse(`${path}.sequence`, 'a sequence number');
    const type = fieldOf(json, 'type');
    const known = TYPES.indexOf(type as (typeof TYPES)[number]);
    const tag = known >= 0 ? known : count.read(type, `${path}.type`);
    return tag <= 0xff ? encodeInternalKey(userKey, sequence, tag) : refuse(`${path}.type`, 'a type');
  },
};

export const tableFile: Form<FileMetaData> = object<FileMetaData>({
  number: u64,
  size: u64,
  smallest: internalKey,
  largest: internalKey,
});

/** The files of each level. */
export const levels: Form<FileMetaData[][]> = fixedList(list(tableFile), LEVELS);

type EditFields = Required<VersionEdit>;

const editCounters = {
  comparator: text,
  logNumber: u64,
  prevLogNumber: u64,
  nextFileNumber: u64,
  lastSequence: u64,
};
const editLists: Form<Pick<EditFields, 'compactPointers' | 'deletedFiles' | 'newFiles'>> = object<
  Pick<EditFields, 'compactPointers' | 'deletedFiles' | 'newFiles'>
>({
  compactPointers: list(object<EditFields['compactPointers'][number]>({ level, key: internalKey })),
  deletedFiles: list(object<EditFields['deletedFiles'][number]>({ level, number: u64 })),
  newFiles: list(object<EditFields['newFiles'][number]>({ level, file: tableFile })),
});

/** Fields that an edit does not have are left out. */
export const versionEdit: Form<VersionEdit> = {
  write(edit) {
    const json: { [field: string]: Json } = {};
    for (const [name, form] of Object.entries(editCounters)) {
      const value = edit[name as keyof typeof editCounters];
      if (value !== undefined) json[name] = (form as Form<typeof value>).write(value);
    }
    return Object.assign(json, editLists.write(edit));
  },
  read(json, path) {
    const edit: Record<string, unknown> = { ...editLists.read(json, path) };
    for (const [name, form] of Object.entries(editCounters)) {
      const value = isObject(json) ? fieldOf(json, name) : undefined;
      if (value !== undefined) edit[name] = form.read(value, `${path}.${name}`);
    }
    return edit as unknown as VersionEdit;
  },
};
