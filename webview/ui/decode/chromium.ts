// Chromium's Local Storage (components/services/storage/dom_storage/local_storage_impl.cc). Keys: `_` origin 0x00
// script-key, `META:` origin, `METAACCESS:` origin, `VERSION`. A script-key and its value begin with a format byte:
// 0 for UTF-16LE, 1 for Latin-1.
import { decodeHex } from './hex';
import { decodeText, utf8, visible } from './text';
import type { Decoded, DecodeOptions } from './types';
import { utf16 } from './utf16';

const SEPARATOR = ' \u00b7 ';

/** A key or value of Chromium's Local Storage. */
export function decodeChromium(bytes: Uint8Array, options: DecodeOptions): Decoded {
  const text = options.role === 'key' ? keyText(bytes) : valueText(bytes, options);
  if (text === undefined) return { ...decodeText(bytes, options), ok: false };
  return { text: visible(text, options.form), language: 'text', ok: true };
}

/** Whether a key is one that Chromium's Local Storage writes. */
export function isChromiumKey(bytes: Uint8Array): boolean {
  return keyText(bytes) !== undefined;
}

function keyText(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0x5f) {
    const end = bytes.indexOf(0);
    const origin = end > 1 ? utf8(bytes.subarray(1, end), false) : undefined;
    const key = origin === undefined ? undefined : formatted(bytes.subarray(end + 1), false);
    return key === undefined || !origin!.includes('://') ? undefined : `${origin}${SEPARATOR}${key}`;
  }
  const text = bytes.length < 4096 ? utf8(bytes, false) : undefined;
  return text === 'VERSION' || /^META(ACCESS)?:[a-z][a-z0-9+.-]*:\/\//.test(text ?? '') ? text : undefined;
}

function valueText(bytes: Uint8Array, options: DecodeOptions): string | undefined {
  const key = options.key === undefined ? '' : (keyText(options.key) ?? '');
  if (key === 'VERSION') return utf8(bytes, false);
  if (/^META(ACCESS)?:/.test(key)) return decodeHex(bytes, options).text;
  return formatted(bytes, options.partial === true);
}

function formatted(bytes: Uint8Array, partial: boolean): string | undefined {
  if (bytes[0] === 0) return utf16(bytes.subarray(1), partial);
  if (bytes[0] !== 1) return undefined;
  let text = '';
  for (let at = 1; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}
