// A sound MANIFEST read in one call of the kernel, for who wants nothing but its last version: no edit becomes an object, the
// version is built once, and a table that a later edit takes away again leaves nothing behind.

import type { RandomAccessFile } from '../env/env';
import { type Kernel, kernel, kernelFor, returnKernel, takeKernel } from '../kernel/kernel';
import { ManifestAt, TABLE_BYTES, TableAt } from '../kernel/manifest-layout';
import { bytewiseComparator, type Comparator, findComparator } from '../keys/comparator';
import { InternalKeyComparator, TAG_BYTES } from '../keys/internal-key';
import { Version } from './version';
import { type FileMetaData, LEVELS } from './version-edit';
import type { RecoveredVersions } from './version-set';

/** A table whose keys are views that are made when somebody asks for them. */
class TableInManifest implements FileMetaData {
  readonly number: number;
  readonly size: number;
  readonly keys: Uint8Array;
  readonly start: number;
  readonly middle: number;
  readonly end: number;
  private smallestView: Uint8Array | undefined = undefined;
  private largestView: Uint8Array | undefined = undefined;

  /** `keys` has the smallest key from `start` to `middle`, and the largest up to `end`. */
  constructor(number: number, size: number, keys: Uint8Array, start: number, middle: number, end: number) {
    this.number = number;
    this.size = size;
    this.keys = keys;
    this.start = start;
    this.middle = middle;
    this.end = end;
  }

  get smallest(): Uint8Array {
    this.smallestView ??= this.keys.subarray(this.start, this.middle);
    return this.smallestView;
  }

  get largest(): Uint8Array {
    this.largestView ??= this.keys.subarray(this.middle, this.end);
    return this.largestView;
  }
}

/** A new file in a MANIFEST takes so many bytes at least. */
const LEAST_ENTRY = 4 + 2 * (1 + TAG_BYTES);
/** Larger ones are left to who needs no memory for all of it at once. */
const MAX_MANIFEST = 1 << 28;
/** Below, reading edit by edit takes no longer than compiling the kernel. */
const LEAST_FOR_KERNEL = 4096;
/** Up to this the kernel of all is asked, whose memory stays. */
const MAX_SHARED = 1 << 18;
/** Behind the MANIFEST: a checksum reads past its end. */
const SLACK = 64;
/** What the kernel takes to find and to sort tables, in bytes: for each that there can be, and at least. */
const WORK_EACH = 36;
const LEAST_WORK = 2048;

/**
 * What `recoverVersions` gives for a MANIFEST; undefined if anything in it is unusual, which is left to it: damage, bytes
 * that are no record, a comparator that is not known, a counter that is missing, a number of 2^49 or more, a table that is
 * added twice to its level or begins with another's key, one that is taken away behind what the same edit adds. Undefined, too, where there is no kernel.
 */
export function recoverQuickly(
  file: RandomAccessFile,
  manifest: string,
  override?: Comparator,
): RecoveredVersions | undefined {
  const bytes = file.size();
  if (bytes > MAX_MANIFEST) return undefined;
  if (bytes <= MAX_SHARED) {
    const shared = bytes < LEAST_FOR_KERNEL ? kernelFor(bytes) : kernel();
    return shared && recoverIn(shared, file, bytes, manifest, override);
  }
  const own = takeKernel();
  if (!own) return undefined;
  try {
    return recoverIn(own, file, bytes, manifest, override);
  } finally {
    returnKernel(own);
  }
}

function recoverIn(
  kernel: Kernel,
  file: RandomAccessFile,
  bytes: number,
  manifest: string,
  override: Comparator | undefined,
): RecoveredVersions | undefined {
  const capacity = Math.ceil(bytes / LEAST_ENTRY);
  const list = (bytes + SLACK + 7) & ~7;
  const work = list + capacity * TABLE_BYTES;
  const memory = kernel.room(work + capacity * WORK_EACH + LEAST_WORK);
  if (!memory || file.read(0, memory, kernel.heap, bytes) < bytes) return undefined;
  const { exports, heap } = kernel;
  if (!exports.readManifest(heap, bytes, heap + list, heap + work)) return undefined;
  const summary = new DataView(memory.buffer, exports.MANIFEST.value);
  const word = (at: number) => summary.getUint32(at, true);
  const counter = (at: number) => summary.getFloat64(at, true);
  const nextFileNumber = counter(ManifestAt.nextFileNumber);
  const lastSequence = counter(ManifestAt.lastSequence);
  const logNumber = counter(ManifestAt.logNumber);
  if (nextFileNumber < 0 || lastSequence < 0 || logNumber < 0) return undefined;
  const copied = (start: number, end: number) => memory.slice(heap + start, heap + end);
  const nameEnd = word(ManifestAt.nameEnd);
  if (nameEnd === 0) return undefined;
  const known = findComparator(new TextDecoder().decode(copied(word(ManifestAt.nameStart), nameEnd)));
  if (!known) return undefined;
  const comparator = override ?? known;
  const compactPointers = Array.from({ length: LEVELS }, (_, level) => {
    const at = ManifestAt.pointers + 8 * level;
    const end = word(at + 4);
    return end === 0 ? undefined : copied(word(at), end);
  });
  // From here on the keys lie over all else.
  const order = heap + work;
  if (!exports.gatherTables(order, order + 4 * capacity)) return undefined;
  const keys = copied(0, word(ManifestAt.keyBytes));
  const count = word(ManifestAt.tables);
  const levels = levelsOf(
    memory.buffer,
    heap + list,
    count,
    new Uint32Array(memory.buffer, order, count),
    keys,
  );
  const internal = new InternalKeyComparator(comparator);
  if (comparator !== bytewiseComparator) for (const tables of levels) sort(tables, internal);
  return {
    manifest,
    comparatorName: known.name,
    comparator,
    comparatorNameKnown: true,
    comparatorKnown: comparator.name === known.name,
    version: new Version(internal, levels, compactPointers),
    logNumber,
    prevLogNumber: Math.max(0, counter(ManifestAt.prevLogNumber)),
    nextFileNumber,
    lastSequence,
    edits: word(ManifestAt.edits),
    end: bytes,
    problems: [],
  };
}

/** The tables of each level in its order. `list`: the address of `count` tables. `order`: where they stand there. */
function levelsOf(
  buffer: ArrayBuffer,
  list: number,
  count: number,
  order: Uint32Array,
  keys: Uint8Array,
): TableInManifest[][] {
  const levels: TableInManifest[][] = Array.from({ length: LEVELS }, () => []);
  const doubles = new Float64Array(buffer, list, (count * TABLE_BYTES) / 8);
  const words = new Uint32Array(buffer, list, (count * TABLE_BYTES) / 4);
  for (let i = 0; i < count; i++) {
    const at = (order[i] * TABLE_BYTES) / 8;
    const table = new TableInManifest(
      doubles[at + TableAt.number / 8],
      doubles[at + TableAt.size / 8],
      keys,
      words[2 * at + TableAt.start / 4],
      words[2 * at + TableAt.middle / 4],
      words[2 * at + TableAt.end / 4],
    );
    levels[words[2 * at + TableAt.level / 4] & 0xffff].push(table);
  }
  return levels;
}

/** Into the order of another comparator than the bytewise one. */
function sort(tables: TableInManifest[], comparator: InternalKeyComparator): void {
  tables.sort(
    (a, b) => comparator.compare(a.keys, a.start, a.middle, b.keys, b.start, b.middle) || a.number - b.number,
  );
}
