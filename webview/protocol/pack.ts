// Bytes on their way into a webview. VS Code carries only a handful of buffers in one message faithfully, and a page of
// keys has hundreds: all of them go as one buffer, and places in it stand for them.

/** Stands for bytes [start, start + length) of the message's buffer. */
interface Place {
  $bytes: [start: number, length: number];
}

export interface Packed {
  value: unknown;
  bytes: Uint8Array;
}

/** The value with every Uint8Array in it moved into one buffer of exactly the size of all. */
export function packBytes(value: unknown): Packed {
  const parts: Uint8Array[] = [];
  let length = 0;
  const pack = (part: unknown): unknown => {
    if (part instanceof Uint8Array) {
      parts.push(part);
      length += part.length;
      return { $bytes: [length - part.length, part.length] } satisfies Place;
    }
    if (Array.isArray(part)) return part.map(pack);
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

/** The value that was packed; its bytes are views of the message's buffer. */
export function unpackBytes({ value, bytes }: Packed): unknown {
  const unpack = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(unpack);
    if (typeof part !== 'object' || part === null) return part;
    if ('$bytes' in part) {
      const [start, length] = (part as Place).$bytes;
      return bytes.subarray(start, start + length);
    }
    return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, unpack(inner)]));
  };
  return unpack(value);
}
