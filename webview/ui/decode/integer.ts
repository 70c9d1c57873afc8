import { decodeHex } from './hex';
import type { Decoded, DecodeOptions } from './types';

/** More bytes than this are no number that anybody reads. */
const MAX_BYTES = 32;

/** A whole number, little- and big-endian; signed too where that differs. */
export function decodeInteger(bytes: Uint8Array, options: DecodeOptions): Decoded {
  if (bytes.length === 0 || bytes.length > MAX_BYTES || options.partial) {
    return { ...decodeHex(bytes, options), ok: false };
  }
  const big = bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  const little = bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  const bits = bytes.length * 8;
  if (options.form === 'line') {
    return { text: bits === 8 ? `${big}` : `LE ${little}  BE ${big}`, language: 'text', ok: true };
  }
  const lines =
    bits === 8
      ? numberLines('', big, bits)
      : [...numberLines('LE', little, bits), ...numberLines('BE', big, bits)];
  return { text: lines.join('\n'), language: 'text', ok: true };
}

function numberLines(order: string, value: bigint, bits: number): string[] {
  const name = (kind: string) => `${kind}${bits} ${order}`.padEnd(10);
  const signed = BigInt.asIntN(bits, value);
  const lines = [`${name('uint')} ${value}  (0x${value.toString(16)})`];
  if (signed !== value) lines.push(`${name('int')} ${signed}`);
  return lines;
}
