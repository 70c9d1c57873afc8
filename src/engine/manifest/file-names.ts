// The names that LevelDB gives to the files of a database (db/filename.cc).

import { MAX_U64, type U64, u64FromBigInt } from '../bytes/u64';

export type FileKind = 'current' | 'lock' | 'info-log' | 'manifest' | 'log' | 'table' | 'temporary';

export interface ParsedName {
  kind: FileKind;
  /** 0 for files without a number. */
  number: U64;
}

/** What a file is by its name; undefined for a name that LevelDB does not own (ParseFileName). */
export function parseFileName(name: string): ParsedName | undefined {
  if (name === 'CURRENT') return { kind: 'current', number: 0 };
  if (name === 'LOCK') return { kind: 'lock', number: 0 };
  if (name === 'LOG' || name === 'LOG.old') return { kind: 'info-log', number: 0 };
  const manifest = /^MANIFEST-([0-9]+)$/.exec(name);
  if (manifest) return numbered('manifest', manifest[1]);
  const match = /^([0-9]+)\.(log|sst|ldb|dbtmp)$/.exec(name);
  if (!match) return undefined;
  const kind = match[2] === 'log' ? 'log' : match[2] === 'dbtmp' ? 'temporary' : 'table';
  return numbered(kind, match[1]);
}

/** A number that does not fit 64 bits makes the name a stranger's. */
function numbered(kind: FileKind, digits: string): ParsedName | undefined {
  const value = digits.length <= 40 ? BigInt(digits) : MAX_U64 + 1n;
  return value > MAX_U64 ? undefined : { kind, number: u64FromBigInt(value) };
}

function padded(number: U64): string {
  return number.toString().padStart(6, '0');
}

export function tableFileName(number: U64): string {
  return `${padded(number)}.ldb`;
}

/** The name that tables had before LevelDB 1.14. */
export function oldTableFileName(number: U64): string {
  return `${padded(number)}.sst`;
}

export function logFileName(number: U64): string {
  return `${padded(number)}.log`;
}

export function manifestFileName(number: U64): string {
  return `MANIFEST-${padded(number)}`;
}

export function temporaryFileName(number: U64): string {
  return `${padded(number)}.dbtmp`;
}
