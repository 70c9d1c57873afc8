import { hexByte } from '../bytes';
import type { Decoded, DecodeOptions } from './types';

/** Characters that a line or a pane would not show as themselves: controls, bidi marks, lone surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u;
const UNPRINTABLE_ALL = new RegExp(UNPRINTABLE, 'gu');

/** UTF-8; bytes that are not, and characters that cannot be seen, as escapes. */
export function decodeText(bytes: Uint8Array, options: DecodeOptions): Decoded {
  const text = utf8(bytes, options.partial === true);
  if (text !== undefined) return { text: visible(text, options.form), language: 'text', ok: true };
  return { text: mixedText(bytes, options.form), language: 'text', ok: false };
}

/** The text of UTF-8 bytes, or undefined. Of a beginning, a character cut off at its end is left out. */
export function utf8(bytes: Uint8Array, partial: boolean): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: partial });
  } catch {
    return undefined;
  }
}

/** Makes unprintable characters visible; a pane keeps its line ends and tabs. */
export function visible(text: string, form: 'line' | 'document'): string {
  return text.replace(UNPRINTABLE_ALL, (character) => {
    if (form === 'document' && (character === '\n' || character === '\t')) return character;
    if (form === 'document' && character === '\r') return '';
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    if (character === '\r') return '\\r';
    const code = character.codePointAt(0)!;
    return code < 0x80 ? `\\x${hexByte(code)}` : `\\u{${code.toString(16)}}`;
  });
}

/** Bytes that are partly UTF-8: what is stays text, each other byte is \xNN. */
function mixedText(bytes: Uint8Array, form: 'line' | 'document'): string {
  let text = '';
  let from = 0;
  while (from < bytes.length) {
    const length = sequenceLength(bytes, from);
    if (length === 0) text += `\\x${hexByte(bytes[from]!)}`;
    else text += visible(utf8(bytes.subarray(from, from + length), false) ?? '', form);
    from += length || 1;
  }
  return text;
}

/** The length of the UTF-8 sequence at a place; 0 if there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (length < 2) return length;
  return utf8(bytes.subarray(at, at + length), false) === undefined ? 0 : length;
}

/** Whether a text reads as text: almost no unprintable characters. */
export function looksLikeText(text: string): boolean {
  let odd = 0;
  let all = 0;
  for (const character of text) {
    all++;
    if (character !== '\n' && character !== '\r' && character !== '\t' && UNPRINTABLE.test(character)) odd++;
    if (all >= 4096) break;
  }
  return odd * 20 <= all;
}
