// idb_cmp1, the order of Chromium's IndexedDB keys (content/browser/indexed_db/indexed_db_leveldb_coding.cc;
// docs/leveldb_coding_scheme.md beside it). A key is a prefix and what the prefix announces:
//
//   prefix    u8: bytes of the database id - 1 (3 bits), of the object store id - 1 (3), of the index id - 1 (2);
//             then the three ids, little endian
//   0, *, *   global metadata: u8 kind, fields          d, s, 1   record: IDB key
//   d, 0, *   database metadata: u8 kind, fields        d, s, 2   exists entry: IDB key
//                                                       d, s, 3   blob entry: IDB key
//                                                       d, s, i   index entry, i >= 30: IDB key, varint sequence
//                                                                 number, IDB key of the record
//   IDB key   u8 type; number and date: float64, little endian; string: varint length, UTF-16BE;
//             binary: varint length, bytes; array: varint count, IDB keys; null and minimum: nothing
//
// Both keys are read side by side, field by field, and the first field that differs decides. Chromium gives up
// (a DCHECK, and "equal" in a release build) on a field that it cannot decode, which is no order at all. Here
// such a field sorts after every well-formed one, and two of them at the same place leave it to the bytes of
// the whole keys. What is read next depends only on fields that were equal, so the result is a total order,
// and it is Chromium's wherever Chromium decodes. As in Chromium, keys that differ only in how a number is
// written, in the sign of zero or in bytes after the last field compare as equal.

import { compareRanges } from '../bytes/compare';

const INDEX_ID_RECORD = 1;
const INDEX_ID_BLOB_ENTRY = 3;
const INDEX_ID_MINIMUM = 30;

/** Kinds below this have no fields (kMaxSimpleGlobalMetaDataTypeByte). */
const GLOBAL_SIMPLE_END = 7;
const GLOBAL_SCOPES = 50;
const GLOBAL_DATABASE_FREE_LIST = 100;
const GLOBAL_DATABASE_NAME = 201;

/** Kinds below this have no fields (MAX_SIMPLE_METADATA_TYPE). */
const DATABASE_SIMPLE_END = 6;
const DATABASE_OBJECT_STORE = 50;
const DATABASE_INDEX = 100;
const DATABASE_OBJECT_STORE_FREE_LIST = 150;
const DATABASE_INDEX_FREE_LIST = 151;
const DATABASE_OBJECT_STORE_NAMES = 200;
const DATABASE_INDEX_NAMES = 201;

const TYPE_STRING = 1;
const TYPE_DATE = 2;
const TYPE_NUMBER = 3;
const TYPE_ARRAY = 4;
const TYPE_BINARY = 6;

/**
 * The order of types, by type byte. Byte 0, null, is Chromium's key after all others (MaxIDBKey), and byte 5 the
 * one before them (MinIDBKey).
 */
const TYPE_RANK: readonly number[] = [6, 3, 2, 1, 5, 0, 4];
const RANK_UNKNOWN = 7;

/** A field's result when neither side could be decoded; apart from the signs -1, 0 and 1. */
const BOTH_MALFORMED = 2;

const NO_BYTES: Uint8Array = new Uint8Array(0);
const TWO_32 = 0x1_0000_0000;

// The two cursors. They live here, not in an object, because comparing must not allocate; nothing is called
// while they are in use that could come back here.
let a = NO_BYTES;
let aPosition = 0;
let aEnd = 0;
let b = NO_BYTES;
let bPosition = 0;
let bEnd = 0;

// The varints that `readVarints` left, as unsigned 32-bit halves.
let aHigh = 0;
let aLow = 0;
let bHigh = 0;
let bLow = 0;
let decodedHigh = 0;
let decodedLow = 0;

/** Elements still to come of the arrays that are open on each side, innermost last. */
let aCounts = new Float64Array(64);
let bCounts = new Float64Array(64);

const doubleBytes = new Uint8Array(8);
const doubleView = new DataView(doubleBytes.buffer);

/**
 * Compares two user keys of a database whose comparator is `idb_cmp1`, given as ranges [start, end) of buffers.
 *
 * Returns a negative number, 0 or a positive number as a sorts before, with or after b. Any bytes are accepted:
 * malformed fields sort after well-formed ones, by the bytes of the whole key. Allocates nothing, but for arrays
 * nested deeper than any before. Rule: `Compare` and `CompareEncodedIDBKeys` in Chromium's
 * content/browser/indexed_db/indexed_db_leveldb_coding.cc.
 */
export function compareIdbKeys(
  aKey: Uint8Array,
  aKeyStart: number,
  aKeyEnd: number,
  bKey: Uint8Array,
  bKeyStart: number,
  bKeyEnd: number,
): number {
  a = aKey;
  aPosition = aKeyStart;
  aEnd = aKeyEnd;
  b = bKey;
  bPosition = bKeyStart;
  bEnd = bKeyEnd;
  const result = compareKeys();
  // A block must not stay in memory because it was the last one compared.
  a = NO_BYTES;
  b = NO_BYTES;
  return result === BOTH_MALFORMED
    ? compareRanges(aKey, aKeyStart, aKeyEnd, bKey, bKeyStart, bKeyEnd)
    : result;
}

function compareKeys(): number {
  const aPrefix = aPosition;
  const aSizes = prefixSizes(a, aPosition, aEnd);
  const bSizes = prefixSizes(b, bPosition, bEnd);
  if (aSizes < 0 || bSizes < 0) return faults(aSizes >= 0, bSizes >= 0);
  aPosition++;
  bPosition++;
  const result =
    compareIds((aSizes >> 5) + 1, (bSizes >> 5) + 1) ||
    compareIds(((aSizes >> 2) & 7) + 1, ((bSizes >> 2) & 7) + 1) ||
    compareIds((aSizes & 3) + 1, (bSizes & 3) + 1);
  if (result !== 0) return result;

  // The ids are equal: those of a tell what follows on both sides.
  const databaseEnd = aPrefix + 1 + (aSizes >> 5) + 1;
  const objectStoreEnd = databaseEnd + ((aSizes >> 2) & 7) + 1;
  const isGlobal = isZero(a, aPrefix + 1, databaseEnd);
  const isMetadata = isGlobal || isZero(a, databaseEnd, objectStoreEnd);
  let indexId = 0;
  if (!isMetadata) {
    for (let i = aPosition - 1; i >= objectStoreEnd; i--) indexId = indexId * 256 + a[i];
    const isKnown =
      (indexId >= INDEX_ID_RECORD && indexId <= INDEX_ID_BLOB_ENTRY) || indexId >= INDEX_ID_MINIMUM;
    if (!isKnown) return BOTH_MALFORMED;
  }

  // A prefix alone sorts before all keys that have it. Chromium has this rule for records and indexes; with it
  // for metadata too a prefix is always a place to seek to.
  if (aPosition === aEnd || bPosition === bEnd) return compareEmptiness();
  if (isGlobal) return compareGlobalMetadata();
  if (isMetadata) return compareDatabaseMetadata();
  return indexId >= INDEX_ID_MINIMUM ? compareIndexEntries() : compareEncodedKeys();
}

/** The first byte of a prefix, or -1 if the prefix does not fit or has an id of 2^63 or more. */
function prefixSizes(bytes: Uint8Array, position: number, end: number): number {
  if (position >= end) return -1;
  const sizes = bytes[position];
  const databaseBytes = (sizes >> 5) + 1;
  const objectStoreBytes = ((sizes >> 2) & 7) + 1;
  const databaseEnd = position + 1 + databaseBytes;
  const objectStoreEnd = databaseEnd + objectStoreBytes;
  if (objectStoreEnd + (sizes & 3) + 1 > end) return -1;
  // Ids are signed in Chromium and never negative.
  if (databaseBytes === 8 && bytes[databaseEnd - 1] >= 0x80) return -1;
  if (objectStoreBytes === 8 && bytes[objectStoreEnd - 1] >= 0x80) return -1;
  return sizes;
}

/** Little endian integers of those many bytes. */
function compareIds(aBytes: number, bBytes: number): number {
  for (let i = Math.max(aBytes, bBytes) - 1; i >= 0; i--) {
    const difference = (i < aBytes ? a[aPosition + i] : 0) - (i < bBytes ? b[bPosition + i] : 0);
    if (difference !== 0) return sign(difference);
  }
  aPosition += aBytes;
  bPosition += bBytes;
  return 0;
}

function compareGlobalMetadata(): number {
  const kind = a[aPosition];
  const result = compareByte();
  if (result !== 0 || kind < GLOBAL_SIMPLE_END) return result;
  switch (kind) {
    case GLOBAL_SCOPES:
      return sign(compareRanges(a, aPosition, aEnd, b, bPosition, bEnd));
    case GLOBAL_DATABASE_FREE_LIST:
      return compareVarints();
    case GLOBAL_DATABASE_NAME:
      return compareStrings(2) || compareStrings(2);
    default:
      return BOTH_MALFORMED;
  }
}

function compareDatabaseMetadata(): number {
  const kind = a[aPosition];
  const result = compareByte();
  if (result !== 0 || kind < DATABASE_SIMPLE_END) return result;
  switch (kind) {
    case DATABASE_OBJECT_STORE:
      return compareVarints() || compareByte();
    case DATABASE_INDEX:
      return compareVarints() || compareVarints() || compareByte();
    case DATABASE_OBJECT_STORE_FREE_LIST:
      return compareVarints();
    case DATABASE_INDEX_FREE_LIST:
      return compareVarints() || compareVarints();
    case DATABASE_OBJECT_STORE_NAMES:
      return compareStrings(2);
    case DATABASE_INDEX_NAMES:
      return compareVarints() || compareStrings(2);
    default:
      return BOTH_MALFORMED;
  }
}

/** IDB key, then the record's key, then the sequence number that stands between them. */
function compareIndexEntries(): number {
  const result = compareEncodedKeys();
  if (result !== 0) return result;
  // Sequence number and record's key may both be missing: such keys are bounds of ranges.
  const aNext = aPosition === aEnd ? aEnd : readVarint(a, aPosition, aEnd);
  const aSequenceHigh = decodedHigh;
  const aSequenceLow = decodedLow;
  const bNext = bPosition === bEnd ? bEnd : readVarint(b, bPosition, bEnd);
  const bSequenceHigh = decodedHigh;
  const bSequenceLow = decodedLow;
  if (aNext < 0 || bNext < 0) return faults(aNext >= 0, bNext >= 0);
  aPosition = aNext;
  bPosition = bNext;
  // Without a record's key the sequence number does not count.
  if (aPosition === aEnd || bPosition === bEnd) return compareEmptiness();
  return compareEncodedKeys() || sign(aSequenceHigh - bSequenceHigh) || sign(aSequenceLow - bSequenceLow);
}

/** Two IDB keys, each at least one byte long. Iterative: nesting is limited by a key's length alone. */
function compareEncodedKeys(): number {
  let depth = 0;
  for (;;) {
    if (aPosition >= aEnd || bPosition >= bEnd) return faults(aPosition < aEnd, bPosition < bEnd);
    const type = a[aPosition++];
    const aRank = rankOf(type);
    const bRank = rankOf(b[bPosition++]);
    if (aRank !== bRank) return aRank < bRank ? -1 : 1;
    if (aRank === RANK_UNKNOWN) return BOTH_MALFORMED;

    const result = type === TYPE_ARRAY ? readVarints() : comparePayload(type);
    if (result !== 0) return result;
    if (type === TYPE_ARRAY) {
      if (depth === aCounts.length) growCounts();
      aCounts[depth] = aHigh * TWO_32 + aLow;
      bCounts[depth] = bHigh * TWO_32 + bLow;
      depth++;
    }

    // On to the next element of the innermost array that has one; where one side ends first, it is the lesser.
    for (;;) {
      if (depth === 0) return 0;
      const aLeft = aCounts[depth - 1];
      const bLeft = bCounts[depth - 1];
      if (aLeft > 0 && bLeft > 0) {
        aCounts[depth - 1] = aLeft - 1;
        bCounts[depth - 1] = bLeft - 1;
        break;
      }
      if (aLeft !== bLeft) return aLeft < bLeft ? -1 : 1;
      depth--;
    }
  }
}

function comparePayload(type: number): number {
  switch (type) {
    case TYPE_STRING:
      return compareStrings(2);
    case TYPE_BINARY:
      return compareStrings(1);
    case TYPE_NUMBER:
    case TYPE_DATE:
      return compareDoubles();
    default:
      // Null and minimum have no payload.
      return 0;
  }
}

function rankOf(type: number): number {
  return type < TYPE_RANK.length ? TYPE_RANK[type] : RANK_UNKNOWN;
}

function growCounts(): void {
  const aLarger = new Float64Array(aCounts.length * 2);
  const bLarger = new Float64Array(aLarger.length);
  aLarger.set(aCounts);
  bLarger.set(bCounts);
  aCounts = aLarger;
  bCounts = bLarger;
}

function compareByte(): number {
  if (aPosition >= aEnd || bPosition >= bEnd) return faults(aPosition < aEnd, bPosition < bEnd);
  return sign(a[aPosition++] - b[bPosition++]);
}

/** Strings of units of `width` bytes after a varint with their number; UTF-16BE sorts as its bytes do. */
function compareStrings(width: 1 | 2): number {
  const result = readVarints();
  if (result !== 0) return result;
  const aLength = (aHigh * TWO_32 + aLow) * width;
  const bLength = (bHigh * TWO_32 + bLow) * width;
  const aFits = aLength <= aEnd - aPosition;
  const bFits = bLength <= bEnd - bPosition;
  if (!aFits || !bFits) return faults(aFits, bFits);
  const aStart = aPosition;
  const bStart = bPosition;
  aPosition += aLength;
  bPosition += bLength;
  return sign(compareRanges(a, aStart, aPosition, b, bStart, bPosition));
}

/** A NaN is no IndexedDB key and has no place among numbers: malformed. */
function compareDoubles(): number {
  const aValue = aEnd - aPosition >= 8 ? readDouble(a, aPosition) : Number.NaN;
  const bValue = bEnd - bPosition >= 8 ? readDouble(b, bPosition) : Number.NaN;
  const aIsNumber = !Number.isNaN(aValue);
  const bIsNumber = !Number.isNaN(bValue);
  if (!aIsNumber || !bIsNumber) return faults(aIsNumber, bIsNumber);
  aPosition += 8;
  bPosition += 8;
  return aValue < bValue ? -1 : aValue > bValue ? 1 : 0;
}

function readDouble(bytes: Uint8Array, position: number): number {
  for (let i = 0; i < 8; i++) doubleBytes[i] = bytes[position + i];
  return doubleView.getFloat64(0, true);
}

function compareVarints(): number {
  return readVarints() || sign(aHigh - bHigh) || sign(aLow - bLow);
}

/** Reads a varint on both sides into aHigh, aLow, bHigh and bLow; 0 if both could be read. */
function readVarints(): number {
  const aNext = readVarint(a, aPosition, aEnd);
  aHigh = decodedHigh;
  aLow = decodedLow;
  const bNext = readVarint(b, bPosition, bEnd);
  bHigh = decodedHigh;
  bLow = decodedLow;
  if (aNext < 0 || bNext < 0) return faults(aNext >= 0, bNext >= 0);
  aPosition = aNext;
  bPosition = bNext;
  return 0;
}

/**
 * Decodes a varint64 into decodedHigh and decodedLow and returns the position after it. -1 if it does not end
 * within the key or 10 bytes, or is 2^63 or more, which Chromium takes for negative; bits above the 64th are
 * dropped (components/services/storage/indexed_db/scopes/varint_coding.cc).
 */
function readVarint(bytes: Uint8Array, position: number, end: number): number {
  let high = 0;
  let low = 0;
  for (let shift = 0; shift < 70 && position < end; shift += 7) {
    const byte = bytes[position++];
    const bits = byte & 0x7f;
    if (shift < 28) low |= bits << shift;
    else if (shift === 28) {
      low |= bits << 28;
      high = bits >> 4;
    } else high |= bits << (shift - 32);
    if (byte < 0x80) {
      decodedHigh = high >>> 0;
      decodedLow = low >>> 0;
      return high < 0 ? -1 : position;
    }
  }
  return -1;
}

/** The result where at least one side is malformed. */
function faults(aIsWellFormed: boolean, bIsWellFormed: boolean): number {
  if (aIsWellFormed === bIsWellFormed) return BOTH_MALFORMED;
  return aIsWellFormed ? -1 : 1;
}

function compareEmptiness(): number {
  return sign(aEnd - aPosition - (bEnd - bPosition));
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 0) return false;
  return true;
}

function sign(difference: number): number {
  return difference < 0 ? -1 : difference > 0 ? 1 : 0;
}
