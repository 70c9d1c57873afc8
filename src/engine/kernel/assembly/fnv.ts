// FNV-1a with 64 bits over entries, which are gathered until there are whole blocks of them.

import { fnvBlocks } from './fnv-blocks';
import { copy } from './merge';

const PRIME: u64 = 0x100_0000_01b3;
const SEPARATOR: u8 = 0xff;
const ROOM: u32 = 16384;
/** Behind it is what `copy` may write too much. */
const GATHERED: usize = memory.data(16384 + 64, 64);
let gathered: u32 = 0;

/** Key, 0xff, value, 0xff (db/scan.ts, ScanDigest), continued from `hash`; not all of it is in the result yet. */
export function fnvEntry(hash: u64, key: u32, keyBytes: u32, value: u32, valueBytes: u32): u64 {
  if (<u64>keyBytes + <u64>valueBytes + 2 <= <u64>(ROOM - gathered)) {
    const at = GATHERED + gathered;
    copy(<u32>at, key, keyBytes);
    store<u8>(at + keyBytes, SEPARATOR);
    copy(<u32>at + keyBytes + 1, value, valueBytes);
    store<u8>(at + keyBytes + 1 + valueBytes, SEPARATOR);
    gathered += keyBytes + valueBytes + 2;
    return hash;
  }
  return separated(separated(hash, key, keyBytes), value, valueBytes);
}

/** Digests what is gathered. */
export function fnvRest(hash: u64): u64 {
  const length = gathered;
  gathered = 0;
  return fnvBytes(hash, <u32>GATHERED, length);
}

/** A row of bytes. */
export function fnvBytes(hash: u64, at: u32, length: u32): u64 {
  const end = at + length;
  hash = fnvBlocks(hash, at, length);
  for (at += length & ~1023; at < end; at++) hash = (hash ^ <u64>load<u8>(at)) * PRIME;
  return hash;
}

function separated(hash: u64, from: u32, length: u32): u64 {
  while (length > 0) {
    const part = min(length, ROOM - gathered);
    copy(<u32>GATHERED + gathered, from, part);
    gathered += part;
    from += part;
    length -= part;
    if (gathered === ROOM) hash = fnvRest(hash);
  }
  store<u8>(GATHERED + gathered++, SEPARATOR);
  return gathered === ROOM ? fnvRest(hash) : hash;
}
