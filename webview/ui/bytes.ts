// Byte strings as people read and type them: the same text form as the command line's (printable ASCII as it is,
// every other byte and the backslash as \xNN).

const HEX = '0123456789abcdef';

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

export function hexByte(byte: number): string {
  return HEX[byte >>> 4]! + HEX[byte & 15]!;
}

export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += hexByte(byte);
  return text;
}

/** The bytes of plain hex; none for anything else. */
export function fromHex(text: string): Uint8Array {
  const pairs = /^([0-9a-fA-F]{2})*$/.test(text) ? (text.match(/../g) ?? []) : [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

export function escapeBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    text += byte >= 0x20 && byte < 0x7f && byte !== 0x5c ? String.fromCharCode(byte) : `\\x${hexByte(byte)}`;
  }
  return text;
}

/**
 * The bytes of a typed text: characters outside ASCII stand for their UTF-8 bytes. Undefined where a backslash does
 * not begin \xNN.
 */
export function unescapeBytes(text: string): Uint8Array | undefined {
  const bytes = new TextEncoder().encode(text);
  const out: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== 0x5c) {
      out.push(bytes[i]!);
      continue;
    }
    const pair = String.fromCharCode(...bytes.subarray(i + 1, i + 4));
    if (!/^x[0-9a-fA-F]{2}$/.test(pair)) return undefined;
    out.push(Number.parseInt(pair.slice(1), 16));
    i += 3;
  }
  return Uint8Array.from(out);
}
