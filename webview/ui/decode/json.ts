import { decodeText, utf8, visible } from './text';
import type { Decoded, DecodeOptions } from './types';

/** JSON in UTF-8: pretty in a pane, on one line in a row. */
export function decodeJson(bytes: Uint8Array, options: DecodeOptions): Decoded {
  const text = utf8(bytes, options.partial === true);
  if (text === undefined) return { ...decodeText(bytes, options), ok: false };
  if (options.form === 'line') {
    const line = visible(text.replace(/\s*\n\s*/g, ' '), 'line');
    return { text: line, language: 'json', ok: options.partial === true || parses(text) };
  }
  try {
    return { text: prettyJson(JSON.parse(text)), language: 'json', ok: true };
  } catch {
    return { ...decodeText(bytes, options), ok: false };
  }
}

export function prettyJson(value: unknown): string {
  return visible(JSON.stringify(value, undefined, 2) ?? 'undefined', 'document');
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
