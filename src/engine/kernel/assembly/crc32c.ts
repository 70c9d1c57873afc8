// CRC-32C (Castagnoli), reflected, as bytes/crc32c.ts has it. Long inputs are folded with a sparse multiple of the
// polynomial (Chorba, arXiv 2412.16398): modulo it 1 + z^32 + z^107 + z^113 + z^136 + z^290 is 0, z standing for a byte,
// so that a byte can be taken away where it stands if it is XORed into what stands 154, 177, 183, 258 and 290 bytes on.
// What is left at the end, under 306 bytes, is looked up by 16 bytes a step.

const POLYNOMIAL: u32 = 0x82f63b78;

const FARTHEST: usize = 290;
/** So many bytes are folded at a time. */
const SEGMENT: usize = 1 << 15;
/** Below, folding does not pay. */
const LEAST_FOLDED: usize = 768;
/** Zeros before and behind, where the farthest bytes would be. */
const MARGIN: usize = 304;

/** [k][byte]: the checksum's change for a byte followed by k zero bytes. */
const TABLES = memory.data(16 * 1024, 16);
const FOLDED = memory.data(304 + (1 << 15) + 304 + 16, 16);
const REST = memory.data(352, 16);

fillTables();

function fillTables(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ POLYNOMIAL : crc >> 1;
    store<u32>(TABLES + (byte << 2), crc);
  }
  for (let k: usize = 1; k < 16; k++) {
    for (let byte: usize = 0; byte < 256; byte++) {
      const crc = load<u32>(TABLES + ((k - 1) << 10) + (byte << 2));
      store<u32>(TABLES + (k << 10) + (byte << 2), (crc >> 8) ^ change(0, crc & 0xff));
    }
  }
}

function change(k: usize, byte: u32): u32 {
  return load<u32>(TABLES + (k << 10) + ((<usize>byte) << 2));
}

/** The checksum of `length` bytes, continued from `crc`. */
export function crc32c(at: usize, length: usize, crc: u32): u32 {
  let state = ~crc;
  while (length >= LEAST_FOLDED) {
    const part = min(length, SEGMENT);
    state = folded(state, at, part);
    at += part;
    length -= part;
  }
  return ~lookedUp(state, at, at + length);
}

function folded(state: u32, at: usize, length: usize): u32 {
  const out = FOLDED + MARGIN;
  const last = (length - FARTHEST) & ~15;
  v128.store(out, v128.xor(v128.load(at), i32x4.replace_lane(i32x4.splat(0), 0, <i32>state)));
  for (let i: usize = 16; i < last; i += 16) v128.store(out + i, withEarlier(at + i, out + i));
  memory.fill(out + last, 0, MARGIN);
  for (let i = last; i < length; i += 16) v128.store(REST + i - last, withEarlier(at + i, out + i));
  return lookedUp(0, REST, REST + length - last);
}

function withEarlier(at: usize, out: usize): v128 {
  return v128.xor(
    v128.xor(
      v128.xor(v128.load(at), v128.load(out - 154)),
      v128.xor(v128.load(out - 177), v128.load(out - 183)),
    ),
    v128.xor(v128.load(out - 258), v128.load(out - 290)),
  );
}

/** What waits for the state before is looked up and joined last: each step takes as long as that alone. */
function lookedUp(state: u32, at: usize, end: usize): u32 {
  for (; at + 16 <= end; at += 16) {
    const later =
      changeOf(8, load<u32>(at, 4)) ^ (changeOf(4, load<u32>(at, 8)) ^ changeOf(0, load<u32>(at, 12)));
    state = later ^ changeOf(12, load<u32>(at) ^ state);
  }
  if (at + 8 <= end) {
    state = changeOf(0, load<u32>(at, 4)) ^ changeOf(4, load<u32>(at) ^ state);
    at += 8;
  }
  if (at + 4 <= end) {
    state = changeOf(0, load<u32>(at) ^ state);
    at += 4;
  }
  for (; at < end; at++) state = (state >> 8) ^ change(0, (state ^ load<u8>(at)) & 0xff);
  return state;
}

/** Of four bytes followed by k zero bytes. */
function changeOf(k: usize, bytes: u32): u32 {
  return (
    change(k + 3, bytes & 0xff) ^
    change(k + 2, (bytes >> 8) & 0xff) ^
    (change(k + 1, (bytes >> 16) & 0xff) ^ change(k, bytes >> 24))
  );
}
