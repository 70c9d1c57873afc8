// The names that LevelDB gives to the files of a database (db/filename.cc).

import { MAX_U64, type U64, u64FromBigInt } from '../bytes/u64';

export type FileKind = 'current' | 'lock' | 'info-log' | 'manifest' | 'log' | 'table' | 'temporary';

export interface ParsedName {
  kind: FileKind;
  /** 0 for files without a number. */
  number: U64;
}

const MANIFEST_PREFIX = 'MANIFEST-';
const KIND_OF_ENDING: Partial<Record<string, FileKind>> = {
  '.log': 'log',
  '.ldb': 'table',
  '.sst': 'table',
  '.dbtmp': 'temporary',
};

/** What a file is by its name; undefined for a name that LevelDB does not own (ParseFileName). */
export function parseFileName(name: string): ParsedName | undefined {
  const digits = digitsFrom(name, 0);
  if (digits > 0) {
    const kind = KIND_OF_ENDING[name.slice(digits)];
    return kind && numbered(kind, name, 0, digits);
  }
  if (name === 'CURRENT') return { kind: 'current', number: 0 };
  if (name === 'LOCK') return { kind: 'lock', number: 0 };
  if (name === 'LOG' || name === 'LOG.old') return { kind: 'info-log', number: 0 };
  if (!name.startsWith(MANIFEST_PREFIX)) return undefined;
  const start = MANIFEST_PREFIX.length;
  const isNumbered = name.length > start && digitsFrom(name, start) === name.length;
  return isNumbered ? numbered('manifest', name, start, name.length) : undefined;
}

/** Where the decimal digits that begin at `start` end. */
function digitsFrom(name: string, start: number): number {
  let end = start;
  for (; end < name.length; end++) {
    const code = name.charCodeAt(end);
    if (code < 0x30 || code > 0x39) break;
  }
  return end;
}

/** So many digits are exact in a number. */
const SAFE_DIGITS = 15;

/** A number that does not fit 64 bits makes the name a stranger's. */
function numbered(kind: FileKind, name: string, start: number, end: number): ParsedName | undefined {
  if (end - start <= SAFE_DIGITS) {
    let number = 0;
    for (let i = start; i < end; i++) number = number * 10 + name.charCodeAt(i) - 0x30;
    return { kind, number };
  }
  const value = end - start <= 40 ? BigInt(name.slice(start, end)) : MAX_U64 + 1n;
  return value > MAX_U64 ? undefined : { kind, number: u64FromBigInt(value) };
}

const LEAST_DIGITS = 6;

function padded(number: U64): string {
  return number.toString().padStart(LEAST_DIGITS, '0');
}

export function tableFileName(number: U64): string {
  return `${padded(number)}.ldb`;
}

/** Whether `tableFileName` gives a name for its own number. */
export function isTableFileName(name: string, { kind, number }: ParsedName): boolean {
  if (kind !== 'table' || !name.endsWith('.ldb') || typeof number !== 'number') return false;
  const digits = name.length - 4;
  return digits === LEAST_DIGITS || (digits > LEAST_DIGITS && name.charCodeAt(0) !== 0x30);
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
