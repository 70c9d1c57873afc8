import { decode, ExtData } from '@msgpack/msgpack';
import { toHex } from '../bytes';
import { decodeHex } from './hex';
import { prettyJson } from './json';
import { visible } from './text';
import type { Decoded, DecodeOptions } from './types';

const MAX_DEPTH = 100;

/** MessagePack as JSON; binary as hex, extensions with their number. */
export function decodeMessagePack(bytes: Uint8Array, options: DecodeOptions): Decoded {
  const failed = { ...decodeHex(bytes, options), ok: false };
  if (options.partial || !isWhole(bytes)) return failed;
  try {
    const value = plain(decode(bytes, { useBigInt64: true }));
    const text = options.form === 'line' ? visible(JSON.stringify(value), 'line') : prettyJson(value);
    return { text, language: 'json', ok: true };
  } catch {
    return failed;
  }
}

/** Whether bytes are a MessagePack map or array, whole. Scalars are left out: any small byte is one. */
export function looksLikeMessagePack(bytes: Uint8Array): boolean {
  const first = bytes[0] ?? 0;
  return ((first >= 0x80 && first <= 0x9f) || (first >= 0xdc && first <= 0xdf)) && isWhole(bytes);
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const small = Number(value);
    return Number.isSafeInteger(small) ? small : String(value);
  }
  if (value instanceof Uint8Array) return toHex(value);
  if (value instanceof ExtData) {
    return { extension: value.type, data: value.data instanceof Uint8Array ? toHex(value.data) : '' };
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? String(value) : value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]));
}

/**
 * Whether the bytes are exactly one value. The library allocates an array of the length that a header claims; nested
 * headers that lie would fill the memory, so every claim is checked against the bytes first.
 */
function isWhole(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const open: number[] = [];
  let wanted = 1;
  let at = 0;
  while (wanted > 0 || open.length > 0) {
    if (wanted === 0) {
      wanted = open.pop()!;
      continue;
    }
    wanted--;
    const head = header(view, at);
    if (head === undefined) return false;
    at += head.bytes;
    if (at > bytes.length || head.items > bytes.length - at) return false;
    if (head.items > 0) {
      open.push(wanted);
      if (open.length > MAX_DEPTH) return false;
      wanted = head.items;
    }
  }
  return at === bytes.length;
}

/** What one value takes: its own bytes and how many values it holds. */
function header(view: DataView, at: number): { bytes: number; items: number } | undefined {
  const left = view.byteLength - at;
  if (left < 1) return undefined;
  const first = view.getUint8(at);
  const whole = (bytes: number) => ({ bytes, items: 0 });
  if (first < 0x80 || first >= 0xe0) return whole(1);
  if (first < 0x90) return { bytes: 1, items: (first & 15) * 2 };
  if (first < 0xa0) return { bytes: 1, items: first & 15 };
  if (first < 0xc0) return whole(1 + (first & 31));
  const fixed = FIXED[first];
  if (fixed !== undefined) return whole(fixed);
  const sized = SIZED[first];
  if (sized === undefined || left < 1 + sized.width) return undefined;
  const size =
    sized.width === 1
      ? view.getUint8(at + 1)
      : sized.width === 2
        ? view.getUint16(at + 1)
        : view.getUint32(at + 1);
  if (sized.items > 0) return { bytes: 1 + sized.width, items: size * sized.items };
  return whole(1 + sized.width + sized.extra + size);
}

/** nil, booleans, numbers and fixed extensions: all the bytes of the value. */
const FIXED: Record<number, number> = {
  192: 1,
  194: 1,
  195: 1,
  202: 5,
  203: 9,
  204: 2,
  205: 3,
  206: 5,
  207: 9,
  208: 2,
  209: 3,
  210: 5,
  211: 9,
  212: 3,
  213: 4,
  214: 6,
  215: 10,
  216: 18,
};

const bin = (width: number, extra = 0) => ({ width, extra, items: 0 });
const list = (width: number, items: number) => ({ width, extra: 0, items });

/** What carries its size behind the first byte. */
const SIZED: Record<number, { width: number; extra: number; items: number }> = {
  196: bin(1),
  197: bin(2),
  198: bin(4),
  199: bin(1, 1),
  200: bin(2, 1),
  201: bin(4, 1),
  217: bin(1),
  218: bin(2),
  219: bin(4),
  220: list(2, 1),
  221: list(4, 1),
  222: list(2, 2),
  223: list(4, 2),
};
