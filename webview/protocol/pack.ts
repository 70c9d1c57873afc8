// Bytes on their way into a webview. VS Code carries only a handful of buffers in one message faithfully, and a page of
// keys has hundreds: all of them go as one buffer, and places in it stand for them. Arrays of numbers go the same way;
// integers that JSON has no form for go as text.

/** Stands for bytes [start, start + length) of the message's buffer. */
interface Place {
  $bytes: [start: number, length: number];
  /** What the bytes are, if not a Uint8Array. */
  as?: keyof typeof ARRAYS;
}

interface Integer {
  $integer: string;
}

const ARRAYS = { Float64Array, Float32Array, Uint32Array };

export interface Packed {
  value: unknown;
  bytes: Uint8Array;
}

/** The value with every typed array in it moved into one buffer of exactly the size of all. */
export function packBytes(value: unknown): Packed {
  const parts: Uint8Array[] = [];
  let length = 0;
  const pack = (part: unknown): unknown => {
    if (part instanceof Uint8Array) {
      parts.push(part);
      length += part.length;
      return { $bytes: [length - part.length, part.length] } satisfies Place;
    }
    for (const [as, Numbers] of Object.entries(ARRAYS)) {
      if (part instanceof Numbers) {
        const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
        return { ...(pack(bytes) as Place), as };
      }
    }
    if (Array.isArray(part)) return part.map(pack);
    if (typeof part === 'bigint') return { $integer: `${part}` } satisfies Integer;
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, pack(inner)]));
  };
  const packed = pack(value);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { value: packed, bytes };
}

/**
 * A parameter on its way out of a webview: integers that JSON has no form for as text, and every Uint8Array on a buffer of
 * exactly its size, since a view into a larger buffer would carry all of that over the wire.
 */
export function packParameter(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.slice();
  if (Array.isArray(value)) return value.map(packParameter);
  if (typeof value === 'bigint') return { $integer: `${value}` } satisfies Integer;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, packParameter(part)]));
}

/** The parameter that was packed. */
export function unpackParameter(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpackParameter);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if ('$integer' in value) return BigInt((value as Integer).$integer);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, unpackParameter(part)]));
}

/** The value that was packed; Uint8Arrays are views of the message's buffer. */
export function unpackBytes({ value, bytes }: Packed): unknown {
  const unpack = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(unpack);
    if (typeof part !== 'object' || part === null) return part;
    if ('$bytes' in part) {
      const { $bytes, as } = part as Place;
      const [start, length] = $bytes;
      // A copy of its own for numbers: a place in the buffer is not where they may begin.
      return as === undefined
        ? bytes.subarray(start, start + length)
        : new ARRAYS[as](bytes.slice(start, start + length).buffer);
    }
    if ('$integer' in part) return BigInt((part as Integer).$integer);
    return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, unpack(inner)]));
  };
  return unpack(value);
}
