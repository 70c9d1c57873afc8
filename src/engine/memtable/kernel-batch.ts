import { BATCH_HEADER_SIZE } from '../batch/write-batch';
import { readFixed32 } from '../bytes/fixed';
import { type Kernel, kernel } from '../kernel/kernel';
import type { EntryTarget } from '../log/log-pieces';

/** Below, the copies into the kernel and back do not pay. */
const LEAST_BYTES = 1024;
/** A put takes three bytes at least, a deletion two. */
const LEAST_OPERATION = 2;
const RECORD_BYTES = 32;
const OPERATION_BYTES = 20;
const TAG_BYTES = 8;
const SLACK = 64;

/**
 * Adds all operations of a stored batch to a memtable, if it is sound and large enough; else false, and nothing is added.
 * `around` is given the step that counts the memory that they take (kernel/assembly/memtable.ts).
 */
export function addBatchInKernel(
  target: EntryTarget,
  contents: Uint8Array,
  around: (inKernel: Kernel, step: () => void) => void,
): boolean {
  const { length } = contents;
  if (length < LEAST_BYTES) return false;
  const count = readFixed32(contents, 8);
  if (count > (length - BATCH_HEADER_SIZE) / LEAST_OPERATION) return false;
  const operations = (SLACK + length + 127) & ~63;
  const arena = operations + OPERATION_BYTES * count;
  const fields = (arena + length + TAG_BYTES * count + 127) & ~63;
  const inKernel = kernel();
  const memory = inKernel?.room(fields + 4 * target.stride * count + SLACK);
  if (!inKernel || !memory) return false;
  const { heap, exports } = inKernel;
  memory.set(contents, heap + SLACK);
  const numbers = new Uint32Array(memory.buffer, heap, RECORD_BYTES / 4);
  numbers[1] = SLACK;
  numbers[2] = SLACK + length;
  if (exports.parseBatches(heap, heap, 1, heap + operations, count) === 0) return false;
  around(inKernel, () =>
    exports.addBatches(
      ...[heap, heap, 0, 1, heap + operations],
      ...[heap + arena, target.bytes, heap + fields, target.stride, Number.POSITIVE_INFINITY],
    ),
  );
  target.addEntries(
    memory.subarray(heap + arena, heap + arena + exports.arenaFilled.value),
    new Uint32Array(memory.buffer, heap + fields, target.stride * exports.entriesAdded.value),
  );
  return true;
}
