// A page of bytes as rows of hex and text, cut into runs of one field each.

import type { ByteField, BytesPage } from '../protocol/bytes';
import { hexByte } from './bytes';

export const BYTES_PER_ROW = 16;

/** Classes that bytes-view-styles.ts colours: fields of one name have one colour. */
const COLORS = 6;

/** Bytes of one row that belong to one field, or to none (`field` is -1). */
export interface HexRun {
  text: string;
  field: number;
  /** A space stands before it. */
  gap: boolean;
}

/** The field that holds a byte, counted from the page's first; -1 if none does. */
export function fieldAt(fields: readonly ByteField[], at: number): number {
  let left = 0;
  let right = fields.length;
  while (left < right) {
    const middle = (left + right) >>> 1;
    if (fields[middle]!.end <= at) left = middle + 1;
    else right = middle;
  }
  return left < fields.length && fields[left]!.start <= at ? left : -1;
}

export function hexRow({ bytes, fields }: BytesPage, row: number): { hex: HexRun[]; text: HexRun[] } {
  const hex: HexRun[] = [];
  const text: HexRun[] = [];
  const start = row * BYTES_PER_ROW;
  for (let i = start; i < start + BYTES_PER_ROW; i++) {
    const isEnd = i >= bytes.length;
    const field = isEnd ? -1 : fieldAt(fields, i);
    const byte = bytes[i] ?? 0;
    const pair = isEnd ? '  ' : hexByte(byte);
    const shown = isEnd ? '' : byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·';
    const last = hex.at(-1);
    // A little more room in the middle helps the eye to count.
    const wide = i === start + BYTES_PER_ROW / 2 ? ' ' : '';
    if (last && last.field === field) {
      last.text += ` ${wide}${pair}`;
      text.at(-1)!.text += shown;
    } else {
      hex.push({ text: wide + pair, field, gap: last !== undefined });
      text.push({ text: shown, field, gap: false });
    }
  }
  return { hex, text };
}

/** For each field its colour's class. */
export function colorClasses(fields: readonly ByteField[]): string[] {
  const known = new Map<string, string>();
  return fields.map(({ name }) => {
    let color = known.get(name);
    if (color === undefined) {
      color = `c${known.size % COLORS}`;
      known.set(name, color);
    }
    return color;
  });
}

export type FieldLine = { kind: 'group'; name: string } | { kind: 'field'; field: number };

/** The lines of the list: each group's name before its first field. */
export function fieldLines(fields: readonly ByteField[]): FieldLine[] {
  return fields.flatMap(({ groupName }, field): FieldLine[] => {
    const line: FieldLine = { kind: 'field', field };
    return groupName === undefined ? [line] : [{ kind: 'group', name: groupName }, line];
  });
}
