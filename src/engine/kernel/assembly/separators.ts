// Short keys for indexes: shortestSeparator and shortSuccessor of keys/internal-key.ts.

import { copyWide } from './copy';
import { matchLength } from './snappy';

const TAG_BYTES: u32 = 8;
/** Sorts before all others of a user key: the greatest sequence, of type 1. */
const EARLIEST_TAG: u64 = (~(<u64>0) << 8) | 1;

/** Puts a key in [start, limit), a short one if there is one, at `out`, and returns its length. */
export function putSeparator(start: u32, startLength: u32, limit: u32, limitLength: u32, out: u32): u32 {
  const userBytes = startLength - TAG_BYTES;
  const shared = min(userBytes, limitLength - TAG_BYTES);
  const differs = <u32>matchLength(start, limit, limit + shared);
  copyWide(out, start, startLength);
  if (differs >= shared || differs + 1 >= userBytes) return startLength;
  const byte = <u32>load<u8>(start + differs);
  // (A byte 0xff has none above it.)
  if (byte + 1 >= <u32>load<u8>(limit + differs)) return startLength;
  store<u8>(out + differs, <u8>(byte + 1));
  store<u64>(out + differs + 1, EARLIEST_TAG);
  return differs + 1 + TAG_BYTES;
}

/** Puts a key that is not before `key`, a short one if there is one, at `out`, and returns its length. */
export function putSuccessor(key: u32, length: u32, out: u32): u32 {
  const userBytes = length - TAG_BYTES;
  let at: u32 = 0;
  while (at < userBytes && load<u8>(key + at) === 0xff) at++;
  copyWide(out, key, length);
  if (at + 1 >= userBytes) return length;
  store<u8>(out + at, load<u8>(key + at) + 1);
  store<u64>(out + at + 1, EARLIEST_TAG);
  return at + 1 + TAG_BYTES;
}
