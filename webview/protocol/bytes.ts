// Bytes with a structure laid over them, as webview/ui/bytes-view.ts shows them.

/** A field: bytes [start, end) counted from the view's first byte. Fields stand in order and do not overlap. */
export interface ByteField {
  start: number;
  end: number;
  /** What it is, in the format's own terms: `shared key length`, `sequence and type`, `checksum`. */
  name: string;
  /** Read: `17`, `0x8c21f0aa, computed 0x8c21f0aa`. */
  value: string;
  /** Wrong, so that it is marked: a checksum that does not match. */
  bad?: boolean;
  /** Fields of one entry, record or operation share a number; they are drawn as one. */
  group?: number;
  /** What the group is: `entry 12`. Only on its first field. */
  groupName?: string;
}

/** A stretch of a file, or of a block after decoding. */
export interface BytesPage {
  /** What the bytes are: `data block at 4096, decoded`. */
  title: string;
  /** Of the first byte: in the file, or in the decoded block. */
  offset: number;
  bytes: Uint8Array;
  fields: ByteField[];
  /** Bytes of the whole stretch; more than `bytes` where the page was cut. */
  totalBytes: number;
}
