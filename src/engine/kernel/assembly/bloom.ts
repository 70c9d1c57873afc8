// LevelDB's Bloom filter, as table/bloom.ts and table/filter.ts have it.

const SEED: u32 = 0xbc9f1d34;
const MULTIPLIER: u32 = 0xc6a4a793;
const MAX_PROBES: u32 = 30;

/** Whether the filter in [filter, end) lets a user key pass. */
export function bloomMayMatch(key: u32, keyBytes: u32, filter: u32, end: u32): bool {
  if (end - filter < 2) return false;
  const bits = (end - filter - 1) << 3;
  const probes = <u32>load<u8>(end - 1);
  if (probes > MAX_PROBES) return true;
  let h = bloomHash(key, keyBytes);
  const delta = rotl<u32>(h, 15);
  for (let probe: u32 = 0; probe < probes; probe++) {
    const bit = h % bits;
    if ((load<u8>(filter + (bit >> 3)) & (1 << (bit & 7))) === 0) return false;
    h += delta;
  }
  return true;
}

/** bytes/hash.ts, with the seed of Bloom filters. */
export function bloomHash(at: u32, length: u32): u32 {
  let h = SEED ^ (length * MULTIPLIER);
  const end = at + length;
  for (; at + 4 <= end; at += 4) {
    h = (h + load<u32>(at)) * MULTIPLIER;
    h ^= h >> 16;
  }
  const rest = end - at;
  if (rest > 0) {
    if (rest === 3) h += (<u32>load<u8>(at, 2)) << 16;
    if (rest >= 2) h += (<u32>load<u8>(at, 1)) << 8;
    h = (h + <u32>load<u8>(at)) * MULTIPLIER;
    h ^= h >> 24;
  }
  return h;
}

/** Sets the bits of `count` hashes, `probes` each, among the `bits` bits at `array`. */
export function setBloomBits(hashes: usize, count: u32, probes: u32, array: usize, bits: u32): void {
  for (let i: usize = 0; i < count; i++) {
    let h = load<u32>(hashes + (i << 2));
    const delta = rotr(h, 17);
    for (let probe: u32 = 0; probe < probes; probe++) {
      const bit = h % bits;
      const at = array + (bit >> 3);
      store<u8>(at, <u8>(<u32>load<u8>(at) | (1 << (bit & 7))));
      h += delta;
    }
  }
}
