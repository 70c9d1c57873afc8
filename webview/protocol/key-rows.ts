// A page's rows on their way: a page has hundreds of small arrays, which cost more to carry than all of their bytes.

import type { KeyRow, PackedKeyRows } from './keys';

export const IS_DELETION = 1;
export const IS_HIDDEN = 2;

/** The rows that were packed (src/worker/key-rows.ts); keys and previews are views of its bytes. */
export function keyRowsOf({
  bytes,
  ends,
  valueBytes,
  sequences,
  flags,
  files,
  fileOf,
}: PackedKeyRows): KeyRow[] {
  const rows: KeyRow[] = [];
  let start = 0;
  for (let i = 0; i < flags.length; i++) {
    const [keyEnd, end] = [ends[2 * i]!, ends[2 * i + 1]!];
    rows.push({
      key: bytes.subarray(start, keyEnd),
      preview: bytes.subarray(keyEnd, end),
      valueBytes: valueBytes[i]!,
      sequence: textOf(sequences[2 * i]!, sequences[2 * i + 1]!),
      type: (flags[i]! & IS_DELETION) !== 0 ? 'deletion' : 'value',
      hidden: (flags[i]! & IS_HIDDEN) !== 0,
      file: fileOf.length === 0 ? undefined : files[fileOf[i]!],
    });
    start = end;
  }
  return rows;
}

function textOf(low: number, high: number): string {
  return high < 1 << 21 ? `${high * 2 ** 32 + low}` : `${(BigInt(high) << 32n) | BigInt(low)}`;
}
