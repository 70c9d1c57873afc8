// Where assembly/manifest.ts keeps what the edits of a MANIFEST say: bytes from `MANIFEST` on, and from a table of the list.

export const ManifestAt = {
  logNumber: 0,
  prevLogNumber: 8,
  nextFileNumber: 16,
  lastSequence: 24,
  edits: 32,
  tables: 36,
  keyBytes: 40,
  nameStart: 44,
  nameEnd: 48,
  pointers: 52,
} as const;

export const TableAt = { number: 0, size: 8, start: 16, middle: 20, end: 24, level: 28, isGone: 30 } as const;
export const TABLE_BYTES = 32;
