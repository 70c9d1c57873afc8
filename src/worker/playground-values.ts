// Keys and values of the playground. A value has the number of its write in it and nothing that is not computed from it:
// what a database gives back tells which write it is from, and can be checked to the last byte without being kept.

/** `key` and eight digits. */
const KEY_DIGITS = 8;
/** Base 36: enough for any count of writes. */
const NUMBER_BYTES = 8;

export const KEY_BYTES = 3 + KEY_DIGITS;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Keys are in the order of their numbers. */
export function playgroundKey(number: number): Uint8Array {
  return encoder.encode(`key${String(number).padStart(KEY_DIGITS, '0')}`);
}

/** A key that is never written, right behind that of the number. */
export function absentKey(number: number): Uint8Array {
  return encoder.encode(`key${String(number).padStart(KEY_DIGITS, '0')}-`);
}

/** -1 for bytes that are no key of the playground. */
export function keyNumber(key: Uint8Array): number {
  const text = decoder.decode(key);
  return /^key\d{8}$/.test(text) ? Number(text.slice(3)) : -1;
}

/** The value of a write: its number, then bytes of which half repeat, so that compression has something to do. */
export function playgroundValue(write: number, length: number): Uint8Array {
  const value = new Uint8Array(length);
  value.set(encoder.encode(write.toString(36).padStart(NUMBER_BYTES, '0')).subarray(0, length));
  const next = numbersOf(write);
  const half = length >>> 1;
  for (let i = NUMBER_BYTES; i < length; i++) value[i] = i < half ? 0x21 + (next() % 0x5b) : 0x2e;
  return value;
}

/** Bytes of a write's value: evenly from `min` to `max`, always the same for a write. */
export function valueLength(write: number, { min, max }: { min: number; max: number }): number {
  return min + (numbersOf(write ^ 0x5bd1e995)() % (max - min + 1));
}

/** The write that a value says it is from; undefined if it is not that write's value, byte for byte. */
export function writeOf(value: Uint8Array): number | undefined {
  const text = decoder.decode(value.subarray(0, NUMBER_BYTES));
  if (!/^[0-9a-z]{8}$/.test(text)) return undefined;
  const write = Number.parseInt(text, 36);
  const expected = playgroundValue(write, value.length);
  return value.every((byte, i) => byte === expected[i]) ? write : undefined;
}

/** Numbers from 0 to 2^31 - 1 (mulberry32). */
function numbersOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 1;
  };
}
