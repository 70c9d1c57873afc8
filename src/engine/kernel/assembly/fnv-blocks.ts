// FNV-1a with 64 bits over a row of bytes, 1024 at a time.
//
// h' = (h ^ b) * p looks serial, but the xor is about the lowest byte l of h only: (h ^ b) = h + (x - l) with x = l ^ b.
// - The lowest bytes go on by themselves: l' = x * 0xb3 modulo 256. Bit k of it is bit k of x, xored with what the bits
//   below k carry, so that once those are known for all bytes, bit k of all l is a running xor of known bits. The bytes
//   are turned into eight planes, one for each bit, and the planes are worked out from the lowest one on.
// - Once all x and l are known, h is a sum: h * p^n and (x - l) * p^(n - i) of each byte i. Powers of p are held in four
//   parts of 16 bits, by which differences are multiplied eight at a time.

const PRIME: u64 = 0x100_0000_01b3;
const BLOCK_BYTES: u32 = 1024;
const PART_BYTES: u32 = 128;
const ROW_BYTES: usize = 256;

/** For each 128 bytes of a block a row: planes of b for bits 0 to 7, later of x; then what planes above go on from. */
const ROWS = memory.data(8 * 256, 64);
const ROWS_END = ROWS + 8 * ROW_BYTES;
/** For each bit of l before the next byte: ones or zeros all over. */
const SIGNS = memory.data(128, 64);
/** Of p^128 down to p^1: parts of 16 bits, signed; for eight bytes the lowest parts, then the next ones up. */
const POWERS = memory.data(4 * 2 * 128, 64);
let powerOfPart: u64 = 0;

function makePowers(): void {
  let power: u64 = 1;
  for (let i: i32 = 127; i >= 0; i--) {
    power *= PRIME;
    let rest = power;
    for (let part: usize = 0; part < 4; part++) {
      const low = <i16>rest;
      store<i16>(POWERS + ((<usize>i >> 3) << 6) + (part << 4) + ((<usize>i & 7) << 1), low);
      rest = (rest - <u64>(<i64>low)) >> 16;
    }
  }
  powerOfPart = power;
}

/** Digests as many whole blocks as there are in `length` bytes; the rest is the caller's. */
export function fnvBlocks(hash: u64, at: u32, length: u32): u64 {
  if (length < BLOCK_BYTES) return hash;
  if (!powerOfPart) makePowers();
  for (let k: u32 = 0; k < 8; k++) {
    v128.store(SIGNS + ((<usize>k) << 4), i32x4.splat(-(<i32>((hash >> <u64>k) & 1))));
  }
  for (const end = at + (length & ~(BLOCK_BYTES - 1)); at < end; at += BLOCK_BYTES) {
    for (let row = ROWS, from = at; row < ROWS_END; row += ROW_BYTES, from += PART_BYTES) toPlanes(from, row);
    runPlanes();
    for (let row = ROWS, from = at; row < ROWS_END; row += ROW_BYTES, from += PART_BYTES) {
      hash = hash * powerOfPart + sumOf(row, from);
    }
  }
  return hash;
}

/** Each 8 bytes as 8 rows of bits, turned into columns. */
function turn(x: v128): v128 {
  let t = v128.and(v128.xor(x, i64x2.shr_u(x, 7)), i32x4.splat(0x00aa00aa));
  x = v128.xor(v128.xor(x, t), i64x2.shl(t, 7));
  t = v128.and(v128.xor(x, i64x2.shr_u(x, 14)), i64x2.splat(0xcccc_0000_cccc));
  x = v128.xor(v128.xor(x, t), i64x2.shl(t, 14));
  t = v128.and(v128.xor(x, i64x2.shr_u(x, 28)), i64x2.splat(0x00000000f0f0f0f0));
  return v128.xor(v128.xor(x, t), i64x2.shl(t, 28));
}

function low(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

function high(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** 128 bytes as eight planes. */
function toPlanes(from: usize, to: usize): void {
  const a0 = turn(v128.load(from));
  const a1 = turn(v128.load(from, 16));
  const a2 = turn(v128.load(from, 32));
  const a3 = turn(v128.load(from, 48));
  const a4 = turn(v128.load(from, 64));
  const a5 = turn(v128.load(from, 80));
  const a6 = turn(v128.load(from, 96));
  const a7 = turn(v128.load(from, 112));
  // Byte k of each 8 goes to plane k: an interleaving takes one bit of an address from the vector to the byte.
  const b0 = low(a0, a4);
  const b4 = high(a0, a4);
  const b1 = low(a1, a5);
  const b5 = high(a1, a5);
  const b2 = low(a2, a6);
  const b6 = high(a2, a6);
  const b3 = low(a3, a7);
  const b7 = high(a3, a7);
  const c0 = low(b0, b2);
  const c2 = high(b0, b2);
  const c1 = low(b1, b3);
  const c3 = high(b1, b3);
  const c4 = low(b4, b6);
  const c6 = high(b4, b6);
  const c5 = low(b5, b7);
  const c7 = high(b5, b7);
  const d0 = low(c0, c1);
  const d1 = high(c0, c1);
  const d2 = low(c2, c3);
  const d3 = high(c2, c3);
  const d4 = low(c4, c5);
  const d5 = high(c4, c5);
  const d6 = low(c6, c7);
  const d7 = high(c6, c7);
  v128.store(to, low(d0, d4));
  v128.store(to, high(d0, d4), 16);
  v128.store(to, low(d1, d5), 32);
  v128.store(to, high(d1, d5), 48);
  v128.store(to, low(d2, d6), 64);
  v128.store(to, high(d2, d6), 80);
  v128.store(to, low(d3, d7), 96);
  v128.store(to, high(d3, d7), 112);
}

/** Of each half of the register: the xor of a bit and of all below it. */
function running(y: v128): v128 {
  y = v128.xor(y, i64x2.shl(y, 1));
  y = v128.xor(y, i64x2.shl(y, 2));
  y = v128.xor(y, i64x2.shl(y, 4));
  y = v128.xor(y, i64x2.shl(y, 8));
  y = v128.xor(y, i64x2.shl(y, 16));
  return v128.xor(y, i64x2.shl(y, 32));
}

/** The highest bit of the first half of the register, all over. */
function endOfLow(y: v128): v128 {
  const signs = i32x4.shr_s(y, 31);
  return i8x16.shuffle(signs, signs, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7);
}

function endOfHigh(y: v128): v128 {
  const signs = i32x4.shr_s(y, 31);
  return i8x16.shuffle(signs, signs, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15);
}

function xor3(a: v128, b: v128, c: v128): v128 {
  return v128.xor(v128.xor(a, b), c);
}

function majority(a: v128, b: v128, c: v128): v128 {
  return v128.xor(a, v128.and(v128.xor(a, b), v128.xor(a, c)));
}

// Places in a row, behind its planes.
const C: usize = 128;
const ADD: usize = 144;
/** Planes 1 to 3 of t. */
const T: usize = 160;
const E: usize = 208;

/** From b in the planes to x, from the lowest plane on. */
function runPlanes(): void {
  Plane.run(0);
  Plane.run(1);
  Plane.run(2);
  Plane.run(3);
  Plane.run(4);
  Plane.run(5);
  Plane.run(6);
  Plane.run(7);
}

/** For each plane there is code of its own: its number is put in, and what is not for it falls away. */
class Plane {
  /**
   * Plane k of all rows, from b to x. x * 0xb3 is t + 16 * t + 128 * x, where t is x + 2 * x: a plane of it is x, and what
   * is carried from the planes below, which is in `carried`; `add` is the part of t, e what the second sum carries on.
   */
  @inline
  static run(k: usize): void {
    const at: usize = k << 4;
    let sign = v128.load(SIGNS + at);
    for (let row = ROWS; row < ROWS_END; row += ROW_BYTES) {
      const plane = row + at;
      const add = k === 1 ? v128.load(row) : v128.load(row, ADD);
      const e = k < 5 ? add : v128.load(row, E);
      let carried = add;
      if (k === 4) carried = v128.xor(add, v128.load(row));
      if (k > 4) carried = xor3(add, v128.load(row + T + (at - 5 * 16)), e);
      const b = v128.load(plane);
      const y = running(k === 0 ? b : v128.xor(b, carried));
      const before = k === 0 ? sign : v128.xor(sign, carried);
      const x = xor3(y, v128.and(endOfLow(y), i64x2(0, -1)), before);
      sign = xor3(endOfLow(y), endOfHigh(y), sign);
      v128.store(plane, x);
      if (k === 0 || k === 7) continue;
      const t = v128.xor(x, add);
      const c = k === 1 ? v128.and(x, add) : majority(x, v128.load(plane - 16), v128.load(row, C));
      v128.store(row, c, C);
      v128.store(row, v128.xor(x, c), ADD);
      if (k < 4) v128.store(row + T + (at - 16), t);
      if (k === 4) v128.store(row, v128.and(t, v128.load(row)), E);
      if (k === 5) v128.store(row, majority(t, v128.load(row, T), e), E);
      if (k === 6) v128.store(row, v128.xor(majority(t, v128.load(row, T + 16), e), v128.load(row)), E);
    }
    v128.store(SIGNS + at, sign);
  }
}

/** The sum for 128 bytes: x in planes, b at `at`. */
function sumOf(planes: usize, at: usize): u64 {
  const p0 = v128.load(planes);
  const p1 = v128.load(planes, 16);
  const p2 = v128.load(planes, 32);
  const p3 = v128.load(planes, 48);
  const p4 = v128.load(planes, 64);
  const p5 = v128.load(planes, 80);
  const p6 = v128.load(planes, 96);
  const p7 = v128.load(planes, 112);
  // Back to bytes.
  const b0 = low(p0, p4);
  const b4 = high(p0, p4);
  const b1 = low(p1, p5);
  const b5 = high(p1, p5);
  const b2 = low(p2, p6);
  const b6 = high(p2, p6);
  const b3 = low(p3, p7);
  const b7 = high(p3, p7);
  const c0 = low(b0, b2);
  const c2 = high(b0, b2);
  const c1 = low(b1, b3);
  const c3 = high(b1, b3);
  const c4 = low(b4, b6);
  const c6 = high(b4, b6);
  const c5 = low(b5, b7);
  const c7 = high(b5, b7);
  v128.store(planes, turn(low(c0, c1)));
  v128.store(planes, turn(high(c0, c1)), 16);
  v128.store(planes, turn(low(c2, c3)), 32);
  v128.store(planes, turn(high(c2, c3)), 48);
  v128.store(planes, turn(low(c4, c5)), 64);
  v128.store(planes, turn(high(c4, c5)), 80);
  v128.store(planes, turn(low(c6, c7)), 96);
  v128.store(planes, turn(high(c6, c7)), 112);
  let s0 = i32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let powers: usize = POWERS;
  for (const end = planes + 128; planes < end; planes += 16) {
    const x = v128.load(planes);
    const l = v128.xor(x, v128.load(at));
    const below = i16x8.sub(i16x8.extend_low_i8x16_u(x), i16x8.extend_low_i8x16_u(l));
    const above = i16x8.sub(i16x8.extend_high_i8x16_u(x), i16x8.extend_high_i8x16_u(l));
    s0 = i32x4.add(s0, i32x4.dot_i16x8_s(below, v128.load(powers)));
    s1 = i32x4.add(s1, i32x4.dot_i16x8_s(below, v128.load(powers, 16)));
    s2 = i32x4.add(s2, i32x4.dot_i16x8_s(below, v128.load(powers, 32)));
    s3 = i32x4.add(s3, i32x4.dot_i16x8_s(below, v128.load(powers, 48)));
    s0 = i32x4.add(s0, i32x4.dot_i16x8_s(above, v128.load(powers, 64)));
    s1 = i32x4.add(s1, i32x4.dot_i16x8_s(above, v128.load(powers, 80)));
    s2 = i32x4.add(s2, i32x4.dot_i16x8_s(above, v128.load(powers, 96)));
    s3 = i32x4.add(s3, i32x4.dot_i16x8_s(above, v128.load(powers, 112)));
    at += 16;
    powers += 128;
  }
  return all(s0) + (all(s1) << 16) + (all(s2) << 32) + (all(s3) << 48);
}

/** The four numbers together. */
function all(s: v128): u64 {
  const pairs = i64x2.add(i64x2.extend_low_i32x4_s(s), i64x2.extend_high_i32x4_s(s));
  return <u64>(i64x2.extract_lane(pairs, 0) + i64x2.extract_lane(pairs, 1));
}
