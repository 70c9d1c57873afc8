// backup.json: what a backup is of. It is written last, so that a folder that has it is complete.

import type { U64 } from '../bytes/u64';
import { LsmError } from '../problem';
import {
  count,
  type Form,
  FormError,
  isObject,
  type Json,
  list,
  object,
  optional,
  real,
  text,
  u64,
} from '../trace/json-form';
import { type DatabaseFingerprint, fingerprintForm } from './fingerprint';

export const BACKUP_RECORD = 'backup.json';
const FORMAT = 'lsm-backup';
const VERSION = 1;

export interface FileSize {
  /** In the database's folder. */
  name: string;
  /** Bytes. */
  size: number;
}

/** A file in the backup folder. */
export interface SavedFile extends FileSize {
  /** CRC-32C of a copy; undefined for a link to a table in use, which is that table. */
  crc: number | undefined;
}

/** A file of the state before. */
export interface FormerFile extends FileSize {
  /** Milliseconds since 1970. A number can come again, for a table of the same size: by this it shows. */
  modified: number;
}

export interface BackupRecord {
  /** UTC, ISO 8601. */
  time: string;
  /** What was done to the database. */
  label: string;
  /** The database's folder, as whoever did it named it. */
  database: string;
  created: FileSize[];
  /** With their new sizes. */
  replaced: FileSize[];
  deleted: FileSize[];
  /** What is in the backup folder: all that was replaced or deleted, CURRENT and the MANIFEST. */
  saved: SavedFile[];
  /** All files before, in the backup or in the database's folder. */
  files: FormerFile[];
  /** CURRENT as it was, without its newline; undefined if it could not be read. */
  current: string | undefined;
  before: DatabaseFingerprint;
  after: DatabaseFingerprint;
  /** Of the state afterwards; undefined where nobody could tell. */
  lastSequence: U64 | undefined;
}

const fileForm = object<FileSize>({ name: text, size: count });

const recordForm: Form<BackupRecord> = object<BackupRecord>({
  time: text,
  label: text,
  database: text,
  created: list(fileForm),
  replaced: list(fileForm),
  deleted: list(fileForm),
  saved: list(object<SavedFile>({ name: text, size: count, crc: optional(count) })),
  files: list(object<FormerFile>({ name: text, size: count, modified: real })),
  current: optional(text),
  before: fingerprintForm,
  after: fingerprintForm,
  lastSequence: optional(u64),
});

export function backupRecordText(record: BackupRecord): string {
  const fields = recordForm.write(record) as { [field: string]: Json };
  return `${JSON.stringify({ format: FORMAT, version: VERSION, ...fields }, null, 1)}\n`;
}

/** Throws an LsmError `bad-backup`. `file` is for messages. */
export function parseBackupRecord(contents: string, file: string): BackupRecord {
  const refuse = (message: string): never => {
    throw new LsmError('Corruption', 'bad-backup', message, file);
  };
  try {
    const json = JSON.parse(contents) as Json;
    if (!isObject(json) || json.format !== FORMAT) return refuse('not a record of a backup');
    if (json.version !== VERSION)
      return refuse(`a record of version ${json.version}, and ${VERSION} is known`);
    const record = recordForm.read(json, 'backup');
    for (const { name } of [...record.saved, ...record.files]) {
      // Whoever wrote the record must not reach out of the two folders.
      if (name === '' || name === '.' || name === '..' || /[/\\]/.test(name))
        refuse(`"${name}" is no file's name`);
    }
    return record;
  } catch (error) {
    if (error instanceof SyntaxError) return refuse('not JSON');
    if (error instanceof FormError) return refuse(error.message);
    throw error;
  }
}
