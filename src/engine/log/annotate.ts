// The bytes of a log with their structure. Names are those of doc/log_format.md and db/write_batch.cc.

import { BatchReader } from '../batch/batch-reader';
import { crc32c, unmaskCrc } from '../bytes/crc32c';
import { escapeBytes } from '../bytes/escape';
import { readFixed32 } from '../bytes/fixed';
import { addU64 } from '../bytes/u64';
import type { Annotation } from '../table/annotate';
import { HEADER_SIZE } from './format';

const SHOWN_BYTES = 200;
const MAX_FIELDS = 20_000;
const TYPES = ['zero', 'full', 'first', 'middle', 'last'];

/** A physical record from its header on, as far as it goes. */
export function annotateRecord(bytes: Uint8Array): Annotation[] {
  if (bytes.length < HEADER_SIZE) return [];
  const length = bytes[4] | (bytes[5] << 8);
  const type = bytes[6];
  const end = Math.min(bytes.length, HEADER_SIZE + length);
  const isWhole = HEADER_SIZE + length <= bytes.length;
  const stored = unmaskCrc(readFixed32(bytes, 0));
  const computed = isWhole ? crc32c(bytes, 6, end) : undefined;
  const matches = stored === computed;
  const text = computed === undefined || matches ? hex(stored) : `${hex(stored)}, computed ${hex(computed)}`;
  const fields: Annotation[] = [
    { start: 0, end: 4, name: 'checksum (masked)', value: text, ...(matches ? {} : { bad: true }) },
    { start: 4, end: 6, name: 'length', value: `${length}`, ...(isWhole ? {} : { bad: true }) },
    { start: 6, end: 7, name: 'type', value: `${type} (${TYPES[type] ?? 'unknown'})` },
  ];
  if (end > HEADER_SIZE) {
    fields.push({ start: HEADER_SIZE, end, name: 'payload', value: `${end - HEADER_SIZE} bytes` });
  }
  return fields;
}

/** A whole batch: header and operations. */
export function annotateBatch(bytes: Uint8Array): Annotation[] {
  const batch = new BatchReader();
  if (!batch.reset(bytes)) {
    return [
      {
        start: 0,
        end: bytes.length,
        name: 'unreadable',
        value: 'malformed WriteBatch (too small)',
        bad: true,
      },
    ];
  }
  const fields: Annotation[] = [
    { start: 0, end: 8, name: 'sequence', value: `${batch.sequence}`, group: -1, groupName: 'header' },
    { start: 8, end: 12, name: 'count', value: `${batch.count}`, group: -1 },
  ];
  while (batch.next() && fields.length < MAX_FIELDS) {
    const { opOffset, keyStart, keyEnd, valueStart, valueEnd, type, opIndex: group } = batch;
    const word = type === 1 ? 'put' : 'delete';
    const sequence = addU64(batch.sequence, group);
    fields.push(
      {
        start: opOffset,
        end: opOffset + 1,
        name: 'tag',
        value: `${type} (${word})`,
        group,
        groupName: `${word} at sequence ${sequence}`,
      },
      { start: opOffset + 1, end: keyStart, name: 'key length', value: `${keyEnd - keyStart}`, group },
    );
    if (keyEnd > keyStart)
      fields.push({ start: keyStart, end: keyEnd, name: 'key', value: cut(bytes, keyStart, keyEnd), group });
    if (type !== 1) continue;
    fields.push({
      start: keyEnd,
      end: valueStart,
      name: 'value length',
      value: `${valueEnd - valueStart}`,
      group,
    });
    if (valueEnd > valueStart) {
      fields.push({
        start: valueStart,
        end: valueEnd,
        name: 'value',
        value: cut(bytes, valueStart, valueEnd),
        group,
      });
    }
  }
  if (batch.error && batch.opOffset < bytes.length) {
    fields.push({
      start: batch.opOffset,
      end: bytes.length,
      name: 'unreadable',
      value: batch.error,
      bad: true,
    });
  }
  return fields;
}

function cut(bytes: Uint8Array, start: number, end: number): string {
  const text = escapeBytes(bytes, start, Math.min(end, start + SHOWN_BYTES));
  return `"${text}${end - start > SHOWN_BYTES ? '…' : ''}"`;
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
