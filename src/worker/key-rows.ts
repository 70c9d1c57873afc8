// A page's rows as a few arrays, as webview/protocol/key-rows.ts takes them apart.

import { u64High, u64Low } from '../engine/bytes/u64';
import type { KeyRow, PackedKeyRows } from './api';

const IS_DELETION = 1;
const IS_HIDDEN = 2;

export function packKeyRows(rows: readonly KeyRow[]): PackedKeyRows {
  const { length } = rows;
  const packed: PackedKeyRows = {
    bytes: new Uint8Array(rows.reduce((sum, { key, preview }) => sum + key.length + preview.length, 0)),
    ends: new Uint32Array(2 * length),
    valueBytes: new Float64Array(length),
    sequences: new Uint32Array(2 * length),
    flags: new Uint8Array(length),
    files: [],
    fileOf: new Uint32Array(rows.some(({ file }) => file !== undefined) ? length : 0),
  };
  const places = new Map<string, number>();
  let at = 0;
  for (const [i, { key, preview, valueBytes, sequence, type, hidden, file }] of rows.entries()) {
    packed.bytes.set(key, at);
    packed.bytes.set(preview, at + key.length);
    packed.ends[2 * i] = at + key.length;
    at += key.length + preview.length;
    packed.ends[2 * i + 1] = at;
    packed.valueBytes[i] = valueBytes;
    packed.sequences[2 * i] = u64Low(sequence);
    packed.sequences[2 * i + 1] = u64High(sequence);
    packed.flags[i] = (type === 'deletion' ? IS_DELETION : 0) | (hidden ? IS_HIDDEN : 0);
    if (file === undefined) continue;
    if (!places.has(file)) places.set(file, packed.files.push(file) - 1);
    packed.fileOf[i] = places.get(file) as number;
  }
  return packed;
}
