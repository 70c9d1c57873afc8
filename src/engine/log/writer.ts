import { crc32c, maskCrc } from '../bytes/crc32c';
import { writeFixed16, writeFixed32 } from '../bytes/fixed';
import { kernel } from '../kernel/kernel';
import { BLOCK_SIZE, HEADER_SIZE, RecordType } from './format';

/** A larger record is copied into an array of its own. */
const MAX_KEPT = 1 << 20;
const MAX_TRAILER = HEADER_SIZE - 1;
/** Below, copying into the kernel does not pay. */
const LEAST_FOR_KERNEL = 1024;

/** Writes records in the log format (db/log_writer.cc). */
export class LogWriter {
  private readonly append: (bytes: Uint8Array) => void;
  private blockOffset: number;
  /** One physical record with its header, and the trailer of the block before; small as long as records are. */
  private piece = new Uint8Array(256);
  /** A record as the kernel framed it. */
  private framed = new Uint8Array(0);

  /**
   * `append` is called once for a large record, or else for each fragment, with a view that is valid only during the call.
   * What it throws leaves the writer unusable: nothing is known then about what is on disk. `destLength` is the file's length in
   * bytes, where one is continued.
   */
  constructor(append: (bytes: Uint8Array) => void, destLength = 0) {
    this.append = append;
    this.blockOffset = destLength % BLOCK_SIZE;
  }

  /** Appends one record; an empty one too takes a header. */
  addRecord(bytes: Uint8Array): void {
    if (bytes.length >= LEAST_FOR_KERNEL && this.addInKernel(bytes)) return;
    this.addPlainly(bytes);
  }

  /** The same in TypeScript: what the kernel is held against, and used where it is not to be had. */
  addPlainly(bytes: Uint8Array): void {
    let position = 0;
    let begins = true;
    do {
      position += this.addFragment(bytes, position, begins);
      begins = false;
    } while (position < bytes.length);
  }

  private addInKernel(bytes: Uint8Array): boolean {
    const { length } = bytes;
    const fragments = Math.ceil(length / (BLOCK_SIZE - HEADER_SIZE)) + 1;
    const offset = (length + 127) & ~63;
    const inKernel = kernel();
    const memory = inKernel?.room(offset + length + fragments * (HEADER_SIZE + MAX_TRAILER));
    if (!inKernel || !memory) return false;
    const { heap, exports } = inKernel;
    memory.set(bytes, heap);
    const out = heap + offset;
    const end = exports.frameRecord(heap, length, this.blockOffset, out);
    this.blockOffset = (this.blockOffset + end - out) % BLOCK_SIZE;
    // A copy: whoever appends may use the kernel, too.
    this.append(this.ownCopy(memory, out, end));
    return true;
  }

  /** Out of the memory that is everybody's, into an array that is used again: new memory is dear. */
  private ownCopy(memory: Uint8Array, start: number, end: number): Uint8Array {
    const length = end - start;
    if (length > MAX_KEPT) return memory.slice(start, end);
    if (length > this.framed.length) this.framed = new Uint8Array(Math.min(MAX_KEPT, 2 * length));
    this.framed.set(memory.subarray(start, end));
    return this.framed.subarray(0, length);
  }

  /** Fills the block with what is left from `position` on; returns how many bytes of it. */
  private addFragment(bytes: Uint8Array, position: number, begins: boolean): number {
    const left = BLOCK_SIZE - this.blockOffset;
    let header = 0;
    if (left < HEADER_SIZE) {
      header = left;
      this.blockOffset = 0;
    }
    const length = Math.min(BLOCK_SIZE - this.blockOffset - HEADER_SIZE, bytes.length - position);
    const end = header + HEADER_SIZE + length;
    if (end > this.piece.length) {
      this.piece = new Uint8Array(Math.min(MAX_TRAILER + BLOCK_SIZE, 2 * end));
    }
    const { piece } = this;
    piece.fill(0, 0, header);
    piece.set(bytes.subarray(position, position + length), header + HEADER_SIZE);
    piece[header + 6] = fragmentType(begins, position + length === bytes.length);
    writeFixed16(piece, header + 4, length);
    writeFixed32(piece, header, maskCrc(crc32c(piece, header + 6, end)));
    this.append(piece.subarray(0, end));
    this.blockOffset += HEADER_SIZE + length;
    return length;
  }
}

function fragmentType(begins: boolean, ends: boolean): number {
  if (begins) return ends ? RecordType.full : RecordType.first;
  return ends ? RecordType.last : RecordType.middle;
}
