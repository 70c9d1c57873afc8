// Fixed-width little-endian integers (util/coding.h). Callers check bounds.

import { type U64, u64FromParts, u64High, u64Low } from './u64';

export function readFixed16(buffer: Uint8Array, offset: number): number {
  return buffer[offset] | (buffer[offset + 1] << 8);
}

export function readFixed32(buffer: Uint8Array, offset: number): number {
  return (
    (buffer[offset] | (buffer[offset + 1] << 8) | (buffer[offset + 2] << 16) | (buffer[offset + 3] << 24)) >>>
    0
  );
}

export function readFixed64(buffer: Uint8Array, offset: number): U64 {
  return u64FromParts(readFixed32(buffer, offset + 4), readFixed32(buffer, offset));
}

export function writeFixed16(buffer: Uint8Array, offset: number, value: number): void {
  buffer[offset] = value;
  buffer[offset + 1] = value >>> 8;
}

export function writeFixed32(buffer: Uint8Array, offset: number, value: number): void {
  buffer[offset] = value;
  buffer[offset + 1] = value >>> 8;
  buffer[offset + 2] = value >>> 16;
  buffer[offset + 3] = value >>> 24;
}

export function writeFixed64(buffer: Uint8Array, offset: number, value: U64): void {
  writeFixed32(buffer, offset, u64Low(value));
  writeFixed32(buffer, offset + 4, u64High(value));
}
