import { decodeHex } from './hex';
import { looksLikeText, visible } from './text';
import type { Decoded, DecodeOptions } from './types';

/** UTF-16, little-endian. */
export function decodeUtf16(bytes: Uint8Array, options: DecodeOptions): Decoded {
  const text = utf16(bytes, options.partial === true);
  if (text === undefined) return { ...decodeHex(bytes, options), ok: false };
  return { text: visible(text, options.form), language: 'text', ok: true };
}

/** The text of UTF-16LE bytes, or undefined for an odd length. Lone surrogates stay, as JavaScript has them. */
export function utf16(bytes: Uint8Array, partial: boolean): string | undefined {
  if (bytes.length % 2 !== 0 && !partial) return undefined;
  let text = '';
  const even = bytes.length & ~1;
  for (let from = 0; from < even; from += 8192) {
    const units: number[] = [];
    for (let i = from; i < Math.min(from + 8192, even); i += 2) units.push(bytes[i]! | (bytes[i + 1]! << 8));
    text += String.fromCharCode(...units);
  }
  return text;
}

/** Whether bytes are most likely UTF-16LE: text with many characters below U+0100. */
export function looksLikeUtf16(bytes: Uint8Array, partial: boolean): boolean {
  if (bytes.length < 4) return false;
  const even = Math.min(bytes.length & ~1, 512);
  let zeros = 0;
  for (let i = 1; i < even; i += 2) if (bytes[i] === 0 && bytes[i - 1] !== 0) zeros++;
  if (zeros * 4 < even) return false;
  const text = utf16(bytes, partial);
  return text !== undefined && looksLikeText(text);
}
