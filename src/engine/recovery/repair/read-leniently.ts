import { EnvError, type RandomAccessFile } from '../../env/env';

const CHUNK = 1 << 20;
/** So much is lost with a byte that cannot be read. */
const SECTOR = 4096;

/** The first `size` bytes of a file, and why not all of them can be had. */
export interface LenientRead {
  bytes: Uint8Array;
  failure: EnvError | undefined;
}

/** Reads a file with `fill` for what the disk does not give. */
export function readLeniently(file: RandomAccessFile, size: number, fill: number): LenientRead {
  const bytes = new Uint8Array(size);
  let failure: EnvError | undefined;
  const reads = (from: number, to: number) => {
    try {
      file.read(from, bytes, from, to - from);
      return true;
    } catch (error) {
      if (!(error instanceof EnvError)) throw error;
      failure ??= error;
      bytes.fill(fill, from, to);
      return false;
    }
  };
  for (let offset = 0; offset < size; offset += CHUNK) {
    const end = Math.min(offset + CHUNK, size);
    if (reads(offset, end)) continue;
    for (let at = offset; at < end; at += SECTOR) reads(at, Math.min(at + SECTOR, end));
  }
  return { bytes, failure };
}
