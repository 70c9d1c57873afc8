const PRIME: u64 = 0x100_0000_01b3;

/** FNV-1a with 64 bits over key, 0xff, value, 0xff, continued from `hash` (db/scan.ts, ScanDigest). */
export function fnv1a64(hash: u64, key: u32, keyBytes: u32, value: u32, valueBytes: u32): u64 {
  hash = (digested(hash, key, key + keyBytes) ^ 0xff) * PRIME;
  return (digested(hash, value, value + valueBytes) ^ 0xff) * PRIME;
}

function digested(hash: u64, at: u32, end: u32): u64 {
  for (; at + 8 <= end; at += 8) {
    const bytes = load<u64>(at);
    hash = (hash ^ (bytes & 0xff)) * PRIME;
    hash = (hash ^ ((bytes >> 8) & 0xff)) * PRIME;
    hash = (hash ^ ((bytes >> 16) & 0xff)) * PRIME;
    hash = (hash ^ ((bytes >> 24) & 0xff)) * PRIME;
    hash = (hash ^ ((bytes >> 32) & 0xff)) * PRIME;
    hash = (hash ^ ((bytes >> 40) & 0xff)) * PRIME;
    hash = (hash ^ ((bytes >> 48) & 0xff)) * PRIME;
    hash = (hash ^ (bytes >> 56)) * PRIME;
  }
  for (; at < end; at++) hash = (hash ^ <u64>load<u8>(at)) * PRIME;
  return hash;
}
