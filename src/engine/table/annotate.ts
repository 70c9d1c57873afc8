// The bytes of a table with their structure: which field stands where and what it says. Names are those of
// doc/table_format.md. Damage never throws: what makes no sense is left without fields.

import { ByteReader } from '../bytes/byte-reader';
import { escapeBytes } from '../bytes/escape';
import { readFixed32 } from '../bytes/fixed';
import { sequenceAt, TAG_BYTES, typeAt } from '../keys/internal-key';
import { bloomParameters } from './bloom';
import { FILTER_BASE_LG } from './filter';
import { FOOTER_SIZE, MAX_HANDLE_SIZE, readBlockHandle } from './format';
import type { RegionKind } from './layout';

/** A field: bytes [start, end) of what is annotated. */
export interface Annotation {
  start: number;
  end: number;
  name: string;
  value: string;
  bad?: boolean;
  /** Fields of one entry share a number; the first has the group's name. */
  group?: number;
  groupName?: string;
}

/** A field shows no more of a key or value. */
const SHOWN_BYTES = 200;
/** A page of fields: a block can have hundreds of thousands of entries. */
const MAX_FIELDS = 20_000;
const COMPRESSIONS = ['none', 'Snappy', 'zstd', '', 'zlib', ''];

/** A block as it is stored: contents, compression type, checksum. */
export function annotateStored(
  contentBytes: number,
  type: number,
  crcStored: number,
  crcComputed: number,
): Annotation[] {
  const at = contentBytes;
  const matches = crcStored === crcComputed;
  const checksum = matches ? hex32(crcStored) : `${hex32(crcStored)}, computed ${hex32(crcComputed)}`;
  return [
    { start: 0, end: at, name: 'contents', value: `${contentBytes} bytes` },
    {
      start: at,
      end: at + 1,
      name: 'compression type',
      value: `${type} (${COMPRESSIONS[type] || 'unknown'})`,
    },
    {
      start: at + 1,
      end: at + 5,
      name: 'checksum (masked)',
      value: checksum,
      ...(matches ? {} : { bad: true }),
    },
  ];
}

/** The decoded contents of a block of a kind: the fields that begin in its first `shown` bytes. */
export function annotateContents(bytes: Uint8Array, kind: RegionKind, shown: number): Annotation[] {
  if (kind === 'filter') return annotateFilter(bytes, shown);
  return annotateEntries(bytes, kind, shown);
}

export function annotateFooter(bytes: Uint8Array): Annotation[] {
  const reader = new ByteReader(bytes, 0, Math.min(bytes.length, FOOTER_SIZE));
  const fields: Annotation[] = [];
  for (const name of ['metaindex handle', 'index handle']) {
    const start = reader.position;
    const handle = readBlockHandle(reader);
    if (!handle) return fields;
    fields.push({ start, end: reader.position, name, value: handleText(handle) });
  }
  const magic = 2 * MAX_HANDLE_SIZE;
  if (reader.position < magic) {
    fields.push({
      start: reader.position,
      end: magic,
      name: 'padding',
      value: `${magic - reader.position} bytes`,
    });
  }
  const text = `0x${hex(readFixed32(bytes, magic + 4))}${hex(readFixed32(bytes, magic))}`;
  fields.push({
    start: magic,
    end: FOOTER_SIZE,
    name: 'magic number',
    value: text,
    ...(text === '0xdb4775248b80fb57' ? {} : { bad: true }),
  });
  return fields;
}

function annotateEntries(bytes: Uint8Array, kind: RegionKind, shown: number): Annotation[] {
  const fields: Annotation[] = [];
  if (bytes.length < 4) return fields;
  const restarts = readFixed32(bytes, bytes.length - 4);
  if (restarts > (bytes.length - 4) >>> 2) {
    return [
      {
        start: bytes.length - 4,
        end: bytes.length,
        name: 'number of restarts',
        value: `${restarts}`,
        bad: true,
      },
    ];
  }
  const limit = bytes.length - 4 - 4 * restarts;
  const reader = new ByteReader(bytes, 0, limit);
  // Each key is put together in the place of the one before it: what they share can be long.
  let own = new Uint8Array(64);
  let length = 0;
  for (let group = 0; reader.position < Math.min(limit, shown) && fields.length < MAX_FIELDS; group++) {
    const start = reader.position;
    const lengths = [reader.varint32(), reader.varint32(), reader.varint32()];
    const ends = lengthEnds(bytes, start);
    const [shared, unshared, valueBytes] = lengths;
    const keyAt = reader.position;
    if (reader.failed || keyAt + unshared + valueBytes > limit || shared > length) {
      fields.push({ start, end: limit, name: 'unreadable', value: 'bad entry in block', bad: true });
      break;
    }
    length = shared + unshared;
    if (length > own.length) {
      const grown = new Uint8Array(2 * length);
      grown.set(own.subarray(0, shared));
      own = grown;
    }
    own.set(bytes.subarray(keyAt, keyAt + unshared), shared);
    const key = own.subarray(0, length);
    const names = ['shared key length', 'unshared key length', 'value length'];
    for (const [i, name] of names.entries()) {
      const field: Annotation = {
        start: i === 0 ? start : ends[i - 1],
        end: ends[i],
        name,
        value: `${lengths[i]}`,
        group,
      };
      fields.push(i === 0 ? { ...field, groupName: `entry ${group}` } : field);
    }
    fields.push(...keyFields(key, keyAt, unshared, kind, group));
    const valueAt = keyAt + unshared;
    if (valueBytes > 0) {
      const value = valueText(bytes, valueAt, valueAt + valueBytes, kind);
      fields.push({
        start: valueAt,
        end: valueAt + valueBytes,
        name: kind === 'data' ? 'value' : 'handle',
        value,
        group,
      });
    }
    reader.position += unshared + valueBytes;
  }
  if (fields.length >= MAX_FIELDS) return fields;
  for (let i = 0; i < restarts && limit + 4 * i < shown; i++) {
    const start = limit + 4 * i;
    fields.push({
      start,
      end: start + 4,
      name: 'restart point',
      value: `${readFixed32(bytes, start)}`,
      ...first(i, 'restart array', -1),
    });
  }
  fields.push({
    start: bytes.length - 4,
    end: bytes.length,
    name: 'number of restarts',
    value: `${restarts}`,
  });
  return fields;
}

/** The part of the key that the entry stores, and in it the trailer of an internal key. */
function keyFields(
  key: Uint8Array,
  keyAt: number,
  unshared: number,
  kind: RegionKind,
  group: number,
): Annotation[] {
  const isInternal = (kind === 'data' || kind === 'index') && key.length >= TAG_BYTES;
  const tag = isInternal ? Math.min(TAG_BYTES, unshared) : 0;
  const fields: Annotation[] = [];
  if (unshared > tag) {
    const shown = isInternal ? key.subarray(0, key.length - TAG_BYTES) : key;
    fields.push({
      start: keyAt,
      end: keyAt + unshared - tag,
      name: key.length > unshared ? 'key, behind the shared prefix' : 'key',
      value: `"${cut(shown)}"`,
      group,
    });
  }
  if (tag > 0) {
    const type = typeAt(key, key.length);
    fields.push({
      start: keyAt + unshared - tag,
      end: keyAt + unshared,
      name: 'sequence and type',
      value: `${sequenceAt(key, key.length)}, ${type === 1 ? 'value' : type === 0 ? 'deletion' : type}`,
      ...(type > 1 ? { bad: true } : {}),
      group,
    });
  }
  return fields;
}

function valueText(bytes: Uint8Array, start: number, end: number, kind: RegionKind): string {
  if (kind === 'data') return `"${cut(bytes.subarray(start, end))}"`;
  const handle = readBlockHandle(new ByteReader(bytes, start, end));
  return handle ? handleText(handle) : 'no handle';
}

function annotateFilter(bytes: Uint8Array, shown: number): Annotation[] {
  const size = bytes.length;
  if (size < 5) return [];
  const array = readFixed32(bytes, size - 5);
  const tail: Annotation[] = [
    {
      start: size - 5,
      end: size - 1,
      name: 'offset of the array',
      value: `${array}`,
      ...(array > size - 5 ? { bad: true } : {}),
    },
    {
      start: size - 1,
      end: size,
      name: 'base lg',
      value: `${bytes[size - 1]}${bytes[size - 1] === FILTER_BASE_LG ? ' (a filter for each 2 KiB)' : ''}`,
    },
  ];
  if (array > size - 5) return tail;
  const count = Math.floor((size - 5 - array) / 4);
  const fields: Annotation[] = [];
  for (let i = 0; i < count && fields.length < MAX_FIELDS; i++) {
    const start = readFixed32(bytes, array + 4 * i);
    const end = readFixed32(bytes, array + 4 * i + 4);
    if (start >= end || end > array || start >= shown) continue;
    const parameters = bloomParameters(bytes, start, end);
    const group = i;
    fields.push({
      start,
      end: end - 1,
      name: 'bits',
      value: `${parameters?.bits ?? 0} bits`,
      group,
      groupName: `filter ${i}`,
    });
    fields.push({ start: end - 1, end, name: 'probes', value: `${parameters?.k ?? 0}`, group });
  }
  fields.sort((a, b) => a.start - b.start);
  for (let i = 0; i < count && array + 4 * i < shown; i++) {
    const start = array + 4 * i;
    fields.push({
      start,
      end: start + 4,
      name: 'offset of a filter',
      value: `${readFixed32(bytes, start)}`,
      ...first(i, 'offset array', -1),
    });
  }
  return [...fields, ...tail];
}

function first(index: number, groupName: string, group: number): { group: number; groupName?: string } {
  return index === 0 ? { group, groupName } : { group };
}

/** Where each of the three varints at `start` ends. */
function lengthEnds(bytes: Uint8Array, start: number): [number, number, number] {
  const ends: number[] = [];
  for (let i = start; ends.length < 3; i++) if (!(bytes[i] & 0x80)) ends.push(i + 1);
  return ends as [number, number, number];
}

function handleText({ offset, size }: { offset: number; size: number }): string {
  return `offset ${offset}, ${size} bytes`;
}

function cut(bytes: Uint8Array): string {
  const text = escapeBytes(bytes, 0, Math.min(bytes.length, SHOWN_BYTES));
  return bytes.length > SHOWN_BYTES ? `${text}…` : text;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}

function hex32(value: number): string {
  return `0x${hex(value)}`;
}
