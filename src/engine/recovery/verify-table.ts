import { equalBytes } from '../bytes/compare';
import { copyOf } from '../bytes/copy';
import { escapeBytes } from '../bytes/escape';
import { KeyBuffer } from '../bytes/key-buffer';
import { maxU64, type U64 } from '../bytes/u64';
import type { CodecOptions } from '../codec/codec';
import type { RandomAccessFile } from '../env/env';
import { bytewiseComparator } from '../keys/comparator';
import { type InternalKeyComparator, sequenceAt, TAG_BYTES, typeAt, ValueType } from '../keys/internal-key';
import type { FileMetaData } from '../manifest/version-edit';
import { LsmError, type ProblemCode, type ProblemSink } from '../problem';
import { Block, BlockCursor } from '../table/block';
import { BLOCK_TRAILER_SIZE, type BlockHandle } from '../table/format';
import { blockProblem, readStoredBlock } from '../table/read-block';
import { Table } from '../table/table';
import { endOfTable, sizeProblem } from '../table/table-size';
import { KernelVerify, type SoundBlocks } from './kernel-verify';

export interface VerifyTableOptions {
  name: string;
  comparator: InternalKeyComparator;
  /** False where the comparator is not known: the order is not judged. */
  orderKnown: boolean;
  codec: CodecOptions;
  /** What the MANIFEST says of the table, if it names it. */
  meta?: FileMetaData | undefined;
  /** The last sequence of the database; not judged if undefined. */
  lastSequence?: U64 | undefined;
  checksumsOnly: boolean;
  sink: ProblemSink;
}

/** More than the file once over cannot be damaged without blocks that overlap. */
const MAX_WASTED = 2;

export interface TableCounts {
  blocks: number;
  entries: number;
}

/**
 * Verifies a table: the checksum of every block; then the structure of each, the order of all keys, the index and
 * the filter against the keys, the range and the size against the MANIFEST, the sequences against the database's.
 */
export function verifyTable(file: RandomAccessFile, options: VerifyTableOptions): TableCounts {
  return new TableVerifier(file, options).run();
}

class TableVerifier {
  private readonly file: RandomAccessFile;
  private readonly options: VerifyTableOptions;
  private readonly counts: TableCounts = { blocks: 0, entries: 0 };
  private readonly previous = new KeyBuffer();
  private first: Uint8Array | undefined;
  private greatest: U64 = 0;
  private damaged = false;
  /** Each of these is reported once a table. */
  private readonly said = new Set<ProblemCode>();

  constructor(file: RandomAccessFile, options: VerifyTableOptions) {
    this.file = file;
    this.options = options;
  }

  run(): TableCounts {
    const { meta, name } = this.options;
    const wrongSize = meta && sizeProblem(this.file, meta.size, name);
    if (wrongSize) this.options.sink(wrongSize);
    let table: Table;
    try {
      const { comparator, codec, sink } = this.options;
      const options = { name, comparator, codec, sink };
      table = Table.open(this.file, options, endOfTable(this.file, meta?.size, name));
    } catch (error) {
      if (!(error instanceof LsmError)) throw error;
      this.options.sink({
        severity: 'error',
        file: name,
        ...(error.offset === undefined ? {} : { offset: error.offset }),
        code: error.code as ProblemCode,
        message: error.message,
      });
      return this.counts;
    }
    this.counts.blocks += 2 + table.metaindex.length; // index, metaindex and what it names
    for (const { name: block, handle } of table.metaindex) this.checkMetaBlock(table, block, handle);
    this.checkDataBlocks(table);
    if (!this.options.checksumsOnly) this.checkAgainstManifest();
    return this.counts;
  }

  /** Blocks that the engine does not know are checked by their checksum; the known filter was read already. */
  private checkMetaBlock(table: Table, block: string, handle: BlockHandle): void {
    try {
      const { crcStored, crcComputed } = readStoredBlock(
        this.file,
        table.fileSize,
        handle,
        this.options.name,
      );
      if (crcStored !== crcComputed) {
        throw new LsmError('Corruption', 'checksum-mismatch', 'block checksum mismatch', this.options.name);
      }
    } catch (error) {
      this.blockDamage(error, handle, ` (${block})`);
    }
    void table.filter;
  }

  private checkDataBlocks(table: Table): void {
    const kernel = this.enterKernel(table);
    try {
      this.checkEachDataBlock(table, kernel);
    } finally {
      kernel?.close();
    }
  }

  /** Undefined where the kernel would not see what is to be seen. */
  private enterKernel(table: Table): KernelVerify | undefined {
    const { checksumsOnly, comparator, orderKnown } = this.options;
    if (checksumsOnly) return KernelVerify.begin(table, true, undefined);
    if (!orderKnown || comparator.user !== bytewiseComparator) return undefined;
    return KernelVerify.begin(table, false, table.filter);
  }

  /** Behind a block in which nothing is wrong the kernel goes on, up to the next one with anything wrong. */
  private checkEachDataBlock(table: Table, kernel: KernelVerify | undefined): void {
    const index = table.indexCursor();
    const { checksumsOnly } = this.options;
    let end = 0;
    let wasted = 0;
    for (index.seekToFirst(); index.valid; index.next()) {
      let handle: BlockHandle | undefined;
      try {
        handle = table.indexedHandle(index);
        // Blocks stand one behind the other. An index that leads back would keep us busy for a very long time.
        if (handle.offset < end || wasted > MAX_WASTED * table.fileSize) {
          throw new LsmError('Corruption', 'bad-block', 'block overlaps another one', this.options.name);
        }
        this.counts.blocks++;
        if (this.options.checksumsOnly) this.checkChecksum(table, handle);
        else this.checkDataBlock(table, handle, index);
        end = handle.offset + handle.size + BLOCK_TRAILER_SIZE;
        if (!kernel || !(checksumsOnly || this.first)) continue;
        const found = this.goOnInKernel(kernel, index, end);
        if (found.isEnd) return;
        end = found.end;
      } catch (error) {
        this.blockDamage(error, handle ?? table.footer.index, '');
        if (handle && handle.offset + handle.size <= table.fileSize) wasted += handle.size;
      }
    }
    if (index.error) this.blockDamage(index.error, table.footer.index, ' (index block)');
  }

  private goOnInKernel(kernel: KernelVerify, index: BlockCursor, end: number): SoundBlocks {
    const { previous, counts } = this;
    const found = kernel.goOn(index, end, previous.bytes.subarray(0, previous.length));
    counts.blocks += found.blocks;
    counts.entries += found.entries;
    this.greatest = maxU64(this.greatest, found.greatest);
    if (found.lastKey) previous.assign(found.lastKey, 0, found.lastKey.length);
    return found;
  }

  private checkChecksum(table: Table, handle: BlockHandle): void {
    const { crcStored, crcComputed } = readStoredBlock(this.file, table.fileSize, handle, this.options.name);
    if (crcStored !== crcComputed) {
      throw new LsmError('Corruption', 'checksum-mismatch', 'block checksum mismatch', this.options.name);
    }
  }

  private checkDataBlock(table: Table, handle: BlockHandle, index: BlockCursor): void {
    const block = new Block(table.loadBlock(handle).bytes, this.options.name, handle.offset);
    if (block.bad) throw block.badContents();
    const cursor = new BlockCursor(this.options.comparator, block);
    const { filter } = table;
    let restarts = 0;
    for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
      const { keyBuffer, keyStart, keyEnd } = cursor;
      this.counts.entries++;
      if (cursor.shared === 0 && restarts < block.restartCount) {
        if (block.restartPoint(restarts) === cursor.entryOffset) restarts++;
      }
      if (!this.checkKey(keyBuffer, keyStart, keyEnd, handle)) continue;
      if (filter && !filter.keyMayMatch(handle.offset, keyBuffer, keyStart, keyEnd)) {
        const key = escapeBytes(keyBuffer, keyStart, keyEnd - TAG_BYTES);
        this.problem('bad-filter', `the filter denies "${key}", so that a get does not find it`, handle);
      }
    }
    if (cursor.error) throw cursor.error;
    // A restart point elsewhere than on an entry with its whole key makes a seek read nonsense.
    const empty = block.restartCount === 1 && block.restartOffset === 0;
    if (restarts < block.restartCount && !empty) {
      this.problem(
        'bad-block',
        `restart point ${restarts} does not stand on an entry with its whole key`,
        handle,
      );
    }
    this.checkIndexKey(index, handle);
  }

  /** False if the key is none. */
  private checkKey(key: Uint8Array, start: number, end: number, handle: BlockHandle): boolean {
    if (end - start < TAG_BYTES || typeAt(key, end) > ValueType.value) {
      this.problem('bad-block', 'corrupted internal key', handle);
      return false;
    }
    this.greatest = maxU64(this.greatest, sequenceAt(key, end));
    const { previous } = this;
    if (
      this.options.orderKnown &&
      this.first &&
      !this.ascending(previous.bytes, previous.length, key, start, end)
    ) {
      const shown = escapeBytes(key, start, end - TAG_BYTES);
      this.problem('key-order', `"${shown}" is not above the entry before it`, handle);
    }
    this.first ??= copyOf(key, start, end);
    previous.assign(key, start, end);
    return true;
  }

  private ascending(a: Uint8Array, aLength: number, b: Uint8Array, start: number, end: number): boolean {
    return this.options.comparator.compare(a, 0, aLength, b, start, end) < 0;
  }

  /** The index key must be at or after the block's last key. (That it is below the next block's keys follows then.) */
  private checkIndexKey(index: BlockCursor, handle: BlockHandle): void {
    const { previous, options } = this;
    if (!options.orderKnown || !this.first) return;
    const { keyBuffer, keyStart, keyEnd } = index;
    if (options.comparator.compare(previous.bytes, 0, previous.length, keyBuffer, keyStart, keyEnd) > 0) {
      this.problem('key-order', "the index key is below the block's last key", handle);
    }
  }

  private checkAgainstManifest(): void {
    const { meta, lastSequence } = this.options;
    if (lastSequence !== undefined && this.greatest > lastSequence) {
      const message = `holds sequence ${this.greatest}, above the database's last one, ${lastSequence}`;
      this.problem('counter-too-low', message);
    }
    // With blocks missing the range cannot be told.
    if (!meta || this.damaged) return;
    if (!this.first) {
      this.problem('entry-count', 'the table is empty');
      return;
    }
    const last = this.previous.bytes.subarray(0, this.previous.length);
    for (const [word, actual, stated] of [
      ['smallest', this.first, meta.smallest],
      ['largest', last, meta.largest],
    ] as const) {
      if (equalBytes(actual, stated)) continue;
      this.problem(
        'bad-range',
        `the ${word} key is ${shown(actual)}, but the MANIFEST says ${shown(stated)}`,
      );
    }
  }

  private blockDamage(error: unknown, handle: BlockHandle, detail: string): void {
    if (!(error instanceof LsmError)) throw error;
    this.damaged = true;
    this.options.sink(blockProblem(error, this.options.name, handle, detail));
  }

  private problem(code: ProblemCode, message: string, handle?: BlockHandle): void {
    if (this.said.has(code)) return;
    this.said.add(code);
    const { name: file, sink } = this.options;
    const place = handle ? { offset: handle.offset, length: handle.size + BLOCK_TRAILER_SIZE } : {};
    sink({ severity: 'error', file, ...place, code, message });
  }
}

function shown(key: Uint8Array): string {
  return `"${escapeBytes(key, 0, key.length - TAG_BYTES)}" at sequence ${sequenceAt(key, key.length)}`;
}
