/** Reads and writes of 16 bytes at a time go past an end by less than this. */
export const SLACK: usize = 64;

/** The first address that is the caller's. */
export const HEAP: usize = (__heap_base + 63) & ~63;

const PAGE_BITS: usize = 16;

/** Makes memory up to an address and SLACK behind it; false if there is no more. Views of the memory may be gone then. */
export function reserve(end: usize): bool {
  const pages = <i32>((end + SLACK + 0xffff) >> PAGE_BITS);
  const missing = pages - memory.size();
  return missing <= 0 || memory.grow(missing) >= 0;
}
