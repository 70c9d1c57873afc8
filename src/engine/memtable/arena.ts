// How much memory LevelDB's arena takes (util/arena.cc). It decides when a memtable is full, hence where tables begin
// and end: nothing is allocated here.

const BLOCK_BYTES = 4096;
/** Larger objects get a block of their own. */
const OWN_BLOCK_ABOVE = BLOCK_BYTES / 4;
const POINTER_BYTES = 8;

export class ArenaUsage {
  /** Bytes of all blocks, with the pointer that is kept of each (MemoryUsage). */
  bytes = 0;
  /** Of the block under way. */
  used = 0;
  remaining = 0;

  allocate(bytes: number): void {
    this.take(bytes, bytes);
  }

  allocateAligned(bytes: number): void {
    // Blocks begin at multiples of eight.
    const over = this.used % POINTER_BYTES;
    this.take(bytes, bytes + (over === 0 ? 0 : POINTER_BYTES - over));
  }

  private take(bytes: number, needed: number): void {
    if (needed <= this.remaining) {
      this.used += needed;
      this.remaining -= needed;
    } else if (bytes > OWN_BLOCK_ABOVE) {
      this.bytes += bytes + POINTER_BYTES;
    } else {
      this.bytes += BLOCK_BYTES + POINTER_BYTES;
      this.used = bytes;
      this.remaining = BLOCK_BYTES - bytes;
    }
  }
}
