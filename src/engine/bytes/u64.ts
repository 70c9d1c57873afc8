/**
 * An unsigned 64-bit integer in canonical form: a `number` up to 2^53 - 1, a `bigint` above.
 *
 * Real databases never leave the first form, so counters, sizes and sequences stay cheap; the second keeps
 * hostile or unusual ones exact. Because the form is canonical, `===`, `<` and Map keys work across both.
 */
export type U64 = number | bigint;

const TWO_32 = 0x1_0000_0000;
const MAX_SAFE_HIGH = 0x1f_ffff;
export const MAX_U64 = 0xffff_ffff_ffff_ffffn;

/** The canonical form of `high * 2^32 + low`, both unsigned 32-bit. */
export function u64FromParts(high: number, low: number): U64 {
  if (high <= MAX_SAFE_HIGH) return high * TWO_32 + (low >>> 0);
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

/** The canonical form of a bigint, cut to 64 bits. */
export function u64FromBigInt(value: bigint): U64 {
  const cut = BigInt.asUintN(64, value);
  return cut <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(cut) : cut;
}

/** Upper and lower 32 bits. */
export function u64High(value: U64): number {
  return typeof value === 'number' ? Math.floor(value / TWO_32) : Number(value >> 32n);
}

export function u64Low(value: U64): number {
  return typeof value === 'number' ? value % TWO_32 : Number(value & 0xffff_ffffn);
}

/** Sum modulo 2^64, as C++ computes it. */
export function addU64(a: U64, b: U64): U64 {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (sum <= Number.MAX_SAFE_INTEGER) return sum;
  }
  return u64FromBigInt(BigInt(a) + BigInt(b));
}

export function maxU64(a: U64, b: U64): U64 {
  return a >= b ? a : b;
}

/** Parses an unsigned decimal of at most 64 bits; undefined for anything else. */
export function parseU64(text: string): U64 | undefined {
  if (!/^[0-9]+$/.test(text) || text.length > 40) return undefined;
  const value = BigInt(text);
  return value > MAX_U64 ? undefined : u64FromBigInt(value);
}
