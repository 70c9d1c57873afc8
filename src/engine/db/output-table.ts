import { copyOf } from '../bytes/copy';
import { KeyBuffer } from '../bytes/key-buffer';
import type { U64 } from '../bytes/u64';
import type { WritableFile } from '../env/env';
import type { FileMetaData } from '../manifest/version-edit';
import type { BuiltBlock } from '../table/kernel-blocks';
import type { TableBuilder } from '../table/table-builder';

/** A table that is being written, and the range of its keys. */
export class OutputTable {
  readonly number: U64;
  readonly file: WritableFile;
  readonly builder: TableBuilder;
  private smallest: Uint8Array | undefined;
  /** The last key. */
  private readonly largest = new KeyBuffer();

  constructor(number: U64, file: WritableFile, builder: TableBuilder) {
    this.number = number;
    this.file = file;
    this.builder = builder;
  }

  get isEmpty(): boolean {
    return this.smallest === undefined;
  }

  addRange(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void {
    this.smallest ??= copyOf(key, keyStart, keyEnd);
    this.builder.addRange(key, keyStart, keyEnd, value, valueStart, valueEnd);
    this.largest.assign(key, keyStart, keyEnd);
  }

  addBlock(block: BuiltBlock): void {
    const { firstKey, lastKey } = block;
    this.smallest ??= firstKey;
    this.builder.addBlock(block);
    if (lastKey) this.largest.assign(lastKey, 0, lastKey.length);
  }

  /** Writes the rest of the file, which is not synced and stays open. Only if there is an entry. */
  finish(): FileMetaData {
    const { number, builder, largest } = this;
    builder.finish();
    return {
      number,
      size: builder.fileSize,
      smallest: this.smallest!,
      largest: copyOf(largest.bytes, 0, largest.length),
    };
  }
}
