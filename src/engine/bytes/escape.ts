// The text form of byte strings on the command line and in JSON: printable ASCII as it is, every other byte
// and the backslash as \xNN in lower case.

const HEX = '0123456789abcdef';

export function escapeBytes(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = '';
  for (let i = start; i < end; i++) {
    const byte = bytes[i];
    if (byte >= 0x20 && byte < 0x7f && byte !== 0x5c) text += String.fromCharCode(byte);
    else text += `\\x${HEX[byte >>> 4]}${HEX[byte & 15]}`;
  }
  return text;
}

export function hexBytes(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = '';
  for (let i = start; i < end; i++) text += HEX[bytes[i] >>> 4] + HEX[bytes[i] & 15];
  return text;
}

/**
 * The bytes of an escaped text. Characters outside ASCII stand for their UTF-8 bytes, so that a person can type
 * them. Throws a RangeError for a backslash that does not begin \xNN.
 */
export function unescapeBytes(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== 0x5c) {
      bytes[length++] = bytes[i];
      continue;
    }
    const value = bytes[i + 1] === 0x78 ? hexPair(bytes[i + 2], bytes[i + 3]) : -1;
    if (value < 0) throw new RangeError(`a backslash is written \\x5c, and other bytes \\xNN: ${text}`);
    bytes[length++] = value;
    i += 3;
  }
  return bytes.slice(0, length);
}

/** The bytes of plain hex. Throws a RangeError for anything else. */
export function parseHex(text: string): Uint8Array {
  if (!/^([0-9a-fA-F]{2})*$/.test(text)) throw new RangeError(`not hex: ${text}`);
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = hexPair(text.charCodeAt(2 * i), text.charCodeAt(2 * i + 1));
  }
  return bytes;
}

function hexPair(high: number, low: number): number {
  const h = hexDigit(high);
  const l = hexDigit(low);
  return h < 0 || l < 0 ? -1 : (h << 4) | l;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
