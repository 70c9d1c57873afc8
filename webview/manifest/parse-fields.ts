// What people type into the fields of an edit, as the JSON of an operation.

import type { FileNumber } from '../protocol/manifest';
import { unescapeBytes } from '../ui/bytes';
import type { Parsed } from '../ui/field';
import { t } from '../ui/text';

const MAX_U64 = 2n ** 64n - 1n;
const MAX_SEQUENCE = 2n ** 56n - 1n;
const LAST_LEVEL = 6;

/** An unsigned integer of 64 bits; above 2^53 it is text. */
export function parseNumber(text: string): Parsed<FileNumber> {
  return parseInteger(text, MAX_U64, t('A whole number from 0 to {0}', `${MAX_U64}`));
}

/** The same; nothing takes the field out. */
export function parseOptionalNumber(text: string): Parsed<FileNumber | null> {
  return text.trim() === '' ? { value: null } : parseNumber(text);
}

/** A sequence has 56 bits. */
export function parseSequence(text: string): Parsed<FileNumber> {
  return parseInteger(text, MAX_SEQUENCE, t('A whole number from 0 to {0}', `${MAX_SEQUENCE}`));
}

export function parseLevel(text: string): Parsed<number> {
  const parsed = parseInteger(text, BigInt(LAST_LEVEL), t('A level from 0 to {0}', LAST_LEVEL));
  return 'error' in parsed ? parsed : { value: Number(parsed.value) };
}

/** A user key as it is typed, `\xNN` for bytes that cannot be. */
export function parseUserKey(text: string): Parsed<string> {
  if (unescapeBytes(text) !== undefined) return { value: text };
  return { error: t('A backslash begins \\xNN; the backslash itself is \\x5c.') };
}

/** A comparator's name; nothing takes the field out. */
export function parseComparator(text: string): Parsed<string | null> {
  return { value: text === '' ? null : text };
}

function parseInteger(text: string, most: bigint, error: string): Parsed<FileNumber> {
  const digits = text.trim();
  if (!/^\d{1,40}$/.test(digits)) return { error };
  const value = BigInt(digits);
  if (value > most) return { error };
  return { value: value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : `${value}` };
}
