// Internal keys (db/dbformat.h):
//
//   user key | fixed64: sequence << 8 | type
//
// Order: user keys ascending by the comparator, then the fixed64 descending, so the newest version comes first.

import { compareRanges } from '../bytes/compare';
import { readFixed32, writeFixed32 } from '../bytes/fixed';
import { type U64, u64FromParts, u64High, u64Low } from '../bytes/u64';
import type { Comparator } from './comparator';

export const ValueType = { deletion: 0, value: 1 } as const;
export type ValueTypeName = 'deletion' | 'value';

/** The type with which a seek begins: the greatest, since types are sorted downwards (kValueTypeForSeek). */
export const TYPE_FOR_SEEK = ValueType.value;
/** 2^56 - 1: eight bits are left for the type. */
export const MAX_SEQUENCE: U64 = 0xff_ffff_ffff_ffffn;
export const TAG_BYTES = 8;

/** An internal key taken apart. */
export interface InternalKey {
  userKey: Uint8Array;
  sequence: U64;
  type: ValueTypeName;
}

export function encodeInternalKey(userKey: Uint8Array, sequence: U64, type: number): Uint8Array<ArrayBuffer> {
  const key = new Uint8Array(userKey.length + TAG_BYTES);
  key.set(userKey);
  writeTag(key, userKey.length, sequence, type);
  return key;
}

/** Writes sequence << 8 | type. */
export function writeTag(target: Uint8Array, offset: number, sequence: U64, type: number): void {
  if (sequence === MAX_SEQUENCE) {
    // Most reads ask for it, and a bigint costs as much as the rest of a lookup.
    target[offset] = type;
    target.fill(0xff, offset + 1, offset + TAG_BYTES);
    return;
  }
  const low = u64Low(sequence);
  writeFixed32(target, offset, ((low << 8) | type) >>> 0);
  writeFixed32(target, offset + 4, ((u64High(sequence) << 8) | (low >>> 24)) >>> 0);
}

/** The sequence in the tag that ends at `end`. */
export function sequenceAt(key: Uint8Array, end: number): U64 {
  const low = readFixed32(key, end - 8);
  const high = readFixed32(key, end - 4);
  return u64FromParts(high >>> 8, ((high << 24) | (low >>> 8)) >>> 0);
}

/** The type byte in the tag that ends at `end`: 0, 1, or something that LevelDB refuses. */
export function typeAt(key: Uint8Array, end: number): number {
  return key[end - 8];
}

/** Undefined if it is shorter than a tag or of an unknown type (ParseInternalKey). */
export function parseInternalKey(key: Uint8Array): InternalKey | undefined {
  if (key.length < TAG_BYTES || typeAt(key, key.length) > ValueType.value) return undefined;
  return {
    userKey: key.subarray(0, key.length - TAG_BYTES),
    sequence: sequenceAt(key, key.length),
    type: typeAt(key, key.length) === ValueType.value ? 'value' : 'deletion',
  };
}

/** The order of internal keys over a comparator of user keys (InternalKeyComparator). */
export class InternalKeyComparator implements Comparator {
  readonly name = 'leveldb.InternalKeyComparator';
  readonly user: Comparator;

  constructor(user: Comparator) {
    this.user = user;
  }

  /** Keys shorter than a tag, which only damage makes, sort first and by their bytes. */
  compare = (
    a: Uint8Array,
    aStart: number,
    aEnd: number,
    b: Uint8Array,
    bStart: number,
    bEnd: number,
  ): number => {
    if (aEnd - aStart < TAG_BYTES || bEnd - bStart < TAG_BYTES)
      return compareShort(a, aStart, aEnd, b, bStart, bEnd);
    const order = this.user.compare(a, aStart, aEnd - TAG_BYTES, b, bStart, bEnd - TAG_BYTES);
    if (order !== 0) return order;
    for (let i = 1; i <= TAG_BYTES; i++) {
      const difference = b[bEnd - i] - a[aEnd - i];
      if (difference !== 0) return difference;
    }
    return 0;
  };

  shortestSeparator(start: Uint8Array, limit: Uint8Array): Uint8Array {
    const userStart = start.subarray(0, start.length - TAG_BYTES);
    const userLimit = limit.subarray(0, limit.length - TAG_BYTES);
    return this.shortened(start, userStart, this.user.shortestSeparator(userStart, userLimit));
  }

  shortSuccessor(key: Uint8Array): Uint8Array {
    const user = key.subarray(0, key.length - TAG_BYTES);
    return this.shortened(key, user, this.user.shortSuccessor(user));
  }

  /** A shortened user key gets the earliest tag, so that it sorts before every real version of itself. */
  private shortened(key: Uint8Array, user: Uint8Array, short: Uint8Array): Uint8Array {
    const isShorter =
      short.length < user.length && this.user.compare(user, 0, user.length, short, 0, short.length) < 0;
    return isShorter ? encodeInternalKey(short, MAX_SEQUENCE, TYPE_FOR_SEEK) : key;
  }
}

function compareShort(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const aShort = aEnd - aStart < TAG_BYTES;
  const bShort = bEnd - bStart < TAG_BYTES;
  if (aShort !== bShort) return aShort ? -1 : 1;
  return compareRanges(a, aStart, aEnd, b, bStart, bEnd);
}
