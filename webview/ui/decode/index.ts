// Keys and values as text. Pure functions that never throw: a database holds anything.
import type { DecoderName } from '../../protocol/keys';
import { decodeChromium, isChromiumKey } from './chromium';
import { decodeHex } from './hex';
import { decodeInteger } from './integer';
import { decodeJson } from './json';
import { decodeMessagePack, looksLikeMessagePack } from './messagepack';
import { decodeText, looksLikeText, utf8 } from './text';
import type { Decoded, DecodeOptions } from './types';
import { decodeUtf16, looksLikeUtf16 } from './utf16';

export type { Decoded, DecodeOptions } from './types';

type Decoder = (bytes: Uint8Array, options: DecodeOptions) => Decoded;

const DECODERS: Record<Exclude<DecoderName, 'auto'>, Decoder> = {
  text: decodeText,
  json: decodeJson,
  hex: decodeHex,
  utf16: decodeUtf16,
  integer: decodeInteger,
  messagepack: decodeMessagePack,
  'chromium-local-storage': decodeChromium,
};

export const DECODER_NAMES: readonly DecoderName[] = ['auto', ...(Object.keys(DECODERS) as DecoderName[])];

/** The bytes as a decoder reads them. Where they are not what it reads, `ok` is false and the text is a fallback. */
export function decode(bytes: Uint8Array, name: DecoderName, options: DecodeOptions): Decoded {
  return DECODERS[name === 'auto' ? pickDecoder(bytes, options) : name](bytes, options);
}

/** The decoder that `auto` stands for, by the bytes. */
export function pickDecoder(bytes: Uint8Array, options: DecodeOptions): Exclude<DecoderName, 'auto'> {
  const partial = options.partial === true;
  if (isChromiumKey(options.role === 'key' ? bytes : (options.key ?? new Uint8Array()))) {
    if (decodeChromium(bytes, options).ok) return 'chromium-local-storage';
  }
  const text = utf8(bytes, partial);
  if (text !== undefined && looksLikeText(text)) return looksLikeJson(bytes, text, options) ? 'json' : 'text';
  if (looksLikeUtf16(bytes, partial)) return 'utf16';
  if (!partial && looksLikeMessagePack(bytes)) return 'messagepack';
  // Keys with some bytes that are no text keep their readable part; values that are mostly text too.
  return mostlyAscii(bytes) ? 'text' : 'hex';
}

function looksLikeJson(bytes: Uint8Array, text: string, options: DecodeOptions): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  return options.partial === true || decodeJson(bytes, { ...options, form: 'line' }).ok;
}

function mostlyAscii(bytes: Uint8Array): boolean {
  let readable = 0;
  const length = Math.min(bytes.length, 1024);
  for (let i = 0; i < length; i++) if (bytes[i]! >= 0x20 && bytes[i]! < 0x7f) readable++;
  return readable * 5 >= length * 3;
}
