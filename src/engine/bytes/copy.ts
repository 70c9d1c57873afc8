/** Below this many bytes a loop is faster than making a view for `set`. */
const SHORT_COPY = 48;

/** Copies `source[start, end)` to `target` from `at` on. */
export function copyRange(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): void {
  if (end - start > SHORT_COPY) target.set(source.subarray(start, end), at);
  else for (let i = start; i < end; i++) target[at++] = source[i];
}

/** A copy of `source[start, end)` in a buffer of its own. (The `slice` of a Node Buffer is a view, not a copy.) */
export function copyOf(source: Uint8Array, start = 0, end = source.length): Uint8Array<ArrayBuffer> {
  // In one step where the slice of an array is a copy.
  if (source.constructor === Uint8Array) return source.slice(start, end) as Uint8Array<ArrayBuffer>;
  return new Uint8Array(source.subarray(start, end));
}

/** Parts one behind the other, as one array. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
