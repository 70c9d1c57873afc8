import { hexByte } from '../bytes';
import type { Decoded, DecodeOptions } from './types';

const PER_LINE = 16;

/** Hex: pairs in a row; with offsets and an ASCII gutter in a pane. */
export function decodeHex(bytes: Uint8Array, options: DecodeOptions): Decoded {
  return { text: options.form === 'line' ? hexLine(bytes) : hexDump(bytes), language: 'text', ok: true };
}

function hexLine(bytes: Uint8Array): string {
  return Array.from(bytes, hexByte).join(' ');
}

function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += PER_LINE) {
    const part = bytes.subarray(at, at + PER_LINE);
    const left = hexLine(part.subarray(0, 8)).padEnd(23);
    const right = hexLine(part.subarray(8)).padEnd(23);
    const gutter = Array.from(part, (b) => (b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : '.')).join('');
    lines.push(`${at.toString(16).padStart(8, '0')}  ${left}  ${right}  ${gutter}`);
  }
  return lines.join('\n');
}
