import { CodecError } from './codec-error';

export function decodeZstd(_stored: Uint8Array, _limit: number): Uint8Array {
  throw new CodecError('corrupted zstd compressed block contents');
}
