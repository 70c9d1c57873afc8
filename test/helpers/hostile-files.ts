// Files whose length fields claim what is not there, under checksums that fit.

import { deflateRawSync, deflateSync } from 'node:zlib';
import { ByteWriter } from '../../src/engine/bytes/byte-writer';
import { crc32c, maskCrc } from '../../src/engine/bytes/crc32c';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import { encodeInternalKey } from '../../src/engine/keys/internal-key';
import { LogWriter } from '../../src/engine/log/writer';
import { emptyVersionEdit, encodeVersionEdit } from '../../src/engine/manifest/version-edit';
import { encodeBlockHandle, encodeFooter } from '../../src/engine/table/format';

export interface HostileFile {
  name: string;
  kind: 'table' | 'log' | 'manifest';
  bytes: Uint8Array;
  /** Bytes that sound decompression may give from what is stored; 0 where nothing is compressed. */
  expanded: number;
}

const HUGE = 2n ** 63n;
const MAX_32 = 0xffff_ffff;

function written(write: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter();
  write(out);
  return out.toBytes();
}

/** A block of entries, each with the three lengths that it claims, and the restart count that it claims. */
function blockOf(entries: readonly [number, number, number, Uint8Array][], restarts = 1): Uint8Array {
  return written((out) => {
    for (const [shared, unshared, value, contents] of entries) {
      out.varint32(shared);
      out.varint32(unshared);
      out.varint32(value);
      out.bytes(contents);
    }
    out.fixed32(0);
    out.fixed32(restarts);
  });
}

function indexOf(handles: readonly Uint8Array[]): Uint8Array {
  return written((out) => {
    const starts = handles.map((handle, i) => {
      const start = out.length;
      const key = encodeInternalKey(Uint8Array.of(0x7a, i >>> 16, i >>> 8, i), 1, 1);
      out.varint32(0);
      out.varint32(key.length);
      out.varint32(handle.length);
      out.bytes(key);
      out.bytes(handle);
      return start;
    });
    for (const start of starts) out.fixed32(start);
    out.fixed32(starts.length);
  });
}

interface TableParts {
  data: Uint8Array;
  type?: number;
  /** In place of the data block's own. */
  handles?: (own: Uint8Array) => Uint8Array[];
  metaindex?: Uint8Array;
  footer?: Uint8Array;
}

function tableOf({ data, type = 0, handles = (own) => [own], metaindex, footer }: TableParts): Uint8Array {
  return written((out) => {
    const block = (bytes: Uint8Array, compression = 0) => {
      const offset = out.length;
      out.bytes(bytes);
      out.byte(compression);
      out.fixed32(maskCrc(crc32c(Uint8Array.of(compression), 0, 1, crc32c(bytes))));
      return { offset, size: bytes.length };
    };
    const handle = encodeBlockHandle(block(data, type));
    const meta = block(metaindex ?? blockOf([]));
    const index = block(indexOf(handles(handle)));
    out.bytes(footer ?? encodeFooter({ metaindex: meta, index }));
  });
}

function handleOf(offset: number | bigint, size: number | bigint): Uint8Array {
  return written((out) => {
    out.varint64(offset);
    out.varint64(size);
  });
}

function footerOf(...numbers: (number | bigint)[]): Uint8Array {
  const out = new Uint8Array(48);
  const handles = written((writer) => {
    for (const number of numbers) writer.varint64(number);
  });
  out.set(handles);
  out.set([0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb], 40);
  return out;
}

function logOf(...records: Uint8Array[]): Uint8Array {
  return written((out) => {
    const writer = new LogWriter((part) => out.bytes(part));
    for (const record of records) writer.addRecord(record);
  });
}

function batchOf(sequence: number | bigint, count: number, write: (out: ByteWriter) => void): Uint8Array {
  return written((out) => {
    out.fixed64(sequence);
    out.fixed32(count);
    write(out);
  });
}

const key = encodeInternalKey(Uint8Array.of(0x61), 1, 1);
const sound = blockOf([[0, key.length, 0, key]]);

function zstdOf(blocks: number, declared: bigint): Uint8Array {
  return written((out) => {
    out.bytes(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xe0));
    out.fixed64(declared);
    // Blocks of one repeated byte, 128 KiB each.
    for (let i = 0; i < blocks; i++) {
      const header = (131072 << 3) | 2 | (i === blocks - 1 ? 1 : 0);
      out.bytes(Uint8Array.of(header & 0xff, (header >>> 8) & 0xff, header >>> 16, 0));
    }
  });
}

/** Snappy: a declared length, one literal byte, then copies of 64 bytes from one back. */
function snappyOf(declared: number, copies: number): Uint8Array {
  return written((out) => {
    out.varint32(declared);
    out.bytes(Uint8Array.of(0, 0x61));
    for (let i = 0; i < copies; i++) out.bytes(Uint8Array.of(0xfe, 1, 0));
  });
}

function tables(): [string, TableParts, number?][] {
  const zeros = new Uint8Array(1 << 20);
  const wide = new Uint8Array(100_000);
  return [
    ['a footer with sizes of 2^63', { data: sound, footer: footerOf(0, HUGE, 0, HUGE) }],
    ['a footer with offsets of 2^63', { data: sound, footer: footerOf(HUGE, 1, HUGE, 1) }],
    ['a footer with sizes of 2^40', { data: sound, footer: footerOf(0, 2 ** 40, 0, 2 ** 40) }],
    ['a handle of 2^63 bytes', { data: sound, handles: () => [handleOf(0, HUGE)] }],
    ['a handle of 2^45 bytes', { data: sound, handles: () => [handleOf(0, 2 ** 45)] }],
    ['a handle at 2^53', { data: sound, handles: () => [handleOf(2 ** 53 - 10, 9)] }],
    ['2^32 - 1 restarts', { data: blockOf([[0, key.length, 0, key]], MAX_32) }],
    ['2^30 restarts', { data: blockOf([[0, key.length, 0, key]], 2 ** 30) }],
    ['a key of 2^32 - 1 bytes', { data: blockOf([[0, MAX_32, 0, key]]) }],
    ['a value of 2^32 - 1 bytes', { data: blockOf([[0, key.length, MAX_32, key]]) }],
    ['2^32 - 1 shared bytes', { data: blockOf([[MAX_32, key.length, 0, key]]) }],
    ['a metaindex of lies', { data: sound, metaindex: blockOf([[0, MAX_32, MAX_32, key]]) }],
    ['snappy that declares 2^32 - 1 bytes', { data: snappyOf(MAX_32, 5), type: 1 }],
    ['snappy that gives 64 bytes for 3', { data: snappyOf(1 + 64 * 5000, 5000), type: 1 }, 64 * 5001],
    ['zstd that declares 2^63 bytes', { data: zstdOf(1, HUGE), type: 2 }, 131072],
    ['zstd that declares 2^40 bytes', { data: zstdOf(1, 2n ** 40n), type: 2 }, 131072],
    ['zstd of 20 repeated blocks', { data: zstdOf(20, 20n * 131072n), type: 2 }, 20 * 131072],
    ['zlib of zeros', { data: deflateSync(zeros), type: 2 }, zeros.length],
    ['raw deflate of zeros', { data: deflateRawSync(zeros), type: 4 }, zeros.length],
    ['10,000 handles of one block', { data: wide, handles: (own) => new Array(10_000).fill(own) }],
    [
      '10,000 handles of blocks with wrong checksums',
      { data: wide, handles: () => Array.from({ length: 10_000 }, (_, i) => handleOf(i, 99_000 - i)) },
    ],
  ];
}

function edits(): [string, (out: ByteWriter) => void][] {
  const numbers = (...values: number[]) => {
    return (out: ByteWriter) => {
      for (const value of values) out.varint32(value);
    };
  };
  const counters = (out: ByteWriter) => {
    for (const tag of [2, 9, 3, 4]) {
      out.byte(tag);
      out.varint64(2n ** 64n - 1n);
    }
  };
  return [
    ['a comparator name of 2^32 - 1 bytes', numbers(1, MAX_32)],
    ['a compaction pointer of 2^31 bytes', numbers(5, 0, 2 ** 31)],
    ['a table in level 2^31', numbers(7, 2 ** 31, 1, 1, 0, 0)],
    ['a table with a key of 2^32 - 1 bytes', numbers(7, 0, 1, 1, MAX_32)],
    ['counters of 2^64 - 1', counters],
  ];
}

export function hostileFiles(): HostileFile[] {
  const files: HostileFile[] = tables().map(([name, parts, expanded = 0]) => ({
    name,
    kind: 'table',
    bytes: tableOf(parts),
    expanded,
  }));
  const put = (out: ByteWriter, keyLength: number, valueLength: number) => {
    out.byte(1);
    out.varint32(keyLength);
    out.bytes(Uint8Array.of(0x61));
    out.varint32(valueLength);
  };
  const claimed = new Uint8Array(40);
  claimed.set([0, 0, 0, 0, 0xff, 0xff, 1]);
  for (const [name, bytes] of [
    ['a record of 65,535 bytes', claimed],
    ['2^32 - 1 operations', logOf(batchOf(1, MAX_32, (out) => put(out, 1, 0)))],
    ['a key of 2^32 - 1 bytes', logOf(batchOf(1, 1, (out) => put(out, MAX_32, 0)))],
    ['a value of 2^32 - 1 bytes', logOf(batchOf(1, 1, (out) => put(out, 1, MAX_32)))],
    ['sequence 2^64 - 1', logOf(batchOf(2n ** 64n - 1n, MAX_32, (out) => put(out, 1, 0)))],
  ] as const) {
    files.push({ name: `log: ${name}`, kind: 'log', bytes, expanded: 0 });
  }
  const first = encodeVersionEdit({
    ...emptyVersionEdit(),
    comparator: bytewiseComparator.name,
    logNumber: 1,
  });
  for (const [name, write] of edits()) {
    files.push({
      name: `MANIFEST: ${name}`,
      kind: 'manifest',
      bytes: logOf(first, written(write)),
      expanded: 0,
    });
  }
  return files;
}
