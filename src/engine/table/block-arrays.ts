import type { Block } from './block';

/** Arrays of so many bytes are used again: the blocks of LevelDB's default size, and one entry that passes it. */
const SPARE_BYTES = 4608;
const MAX_SPARE = 64;

/** Arrays for the contents of blocks, used again once nobody holds them. */
export class BlockArrays {
  private readonly spare: ArrayBuffer[] = [];

  take(length: number): Uint8Array<ArrayBuffer> {
    if (length > SPARE_BYTES) return new Uint8Array(length);
    return new Uint8Array(this.spare.pop() ?? new ArrayBuffer(SPARE_BYTES), 0, length);
  }

  /** Takes back the array of a block that nobody holds any more. */
  give({ bytes: { buffer } }: Block): void {
    if (buffer.byteLength === SPARE_BYTES && this.spare.length < MAX_SPARE)
      this.spare.push(buffer as ArrayBuffer);
  }
}
