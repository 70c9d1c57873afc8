import { decodeText, utf8, visible } from './text';
import type { Decoded, DecodeOptions } from './types';

/** Indenting deeper than this makes megabytes of spaces. */
const MAX_DEPTH = 500;

/** JSON in UTF-8: pretty in a pane, on one line in a row. */
export function decodeJson(bytes: Uint8Array, options: DecodeOptions): Decoded {
  const text = utf8(bytes, options.partial === true);
  if (text === undefined) return { ...decodeText(bytes, options), ok: false };
  if (options.form === 'line') {
    const line = visible(text.replace(/\s*\n\s*/g, ' '), 'line');
    return { text: line, language: 'json', ok: options.partial === true || parses(text) };
  }
  if (depthOf(text) > MAX_DEPTH) return { ...decodeText(bytes, options), ok: false };
  try {
    return { text: prettyJson(JSON.parse(text)), language: 'json', ok: true };
  } catch {
    return { ...decodeText(bytes, options), ok: false };
  }
}

export function prettyJson(value: unknown): string {
  return visible(JSON.stringify(value, undefined, 2) ?? 'undefined', 'document');
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of text.replace(/"(?:[^"\\]|\\.)*"/g, '')) {
    if (character === '[' || character === '{') deepest = Math.max(deepest, ++depth);
    else if (character === ']' || character === '}') depth--;
  }
  return deepest;
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
