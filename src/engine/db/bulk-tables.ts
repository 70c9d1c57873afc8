import type { U64 } from '../bytes/u64';
import { ignoreFailure } from '../env/env';
import { tableFileName } from '../manifest/file-names';
import { removeIfThere } from '../manifest/set-current';
import type { FileMetaData } from '../manifest/version-edit';
import type { BuiltBlock } from '../table/kernel-blocks';
import type { DatabaseCore } from './core';
import { OutputTable } from './output-table';
import { UnsyncedFiles } from './unsynced-files';

/** The tables of a bulk load, one after the other; no version names them yet. */
export class BulkTables {
  private readonly core: DatabaseCore;
  private readonly finished: FileMetaData[] = [];
  private readonly numbers: U64[] = [];
  private table: OutputTable | undefined;
  private readonly unsynced = new UnsyncedFiles();

  constructor(core: DatabaseCore) {
    this.core = core;
  }

  addRange(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void {
    const table = this.open();
    table.addRange(key, keyStart, keyEnd, value, valueStart, valueEnd);
    this.endIfFull(table);
  }

  addBlock(block: BuiltBlock): void {
    const table = this.open();
    table.addBlock(block);
    this.endIfFull(table);
  }

  /** Ends the last table. All of them are durable then. Their names are not, which is LiveVersionSet's. */
  finish(): FileMetaData[] {
    if (this.table) this.end(this.table);
    this.unsynced.sync();
    return this.finished;
  }

  /** Removes all files. */
  remove(): void {
    const { core, table, unsynced } = this;
    this.table = undefined;
    if (table) ignoreFailure(() => table.file.close());
    unsynced.abandon();
    for (const number of this.numbers) {
      core.tables.evict(number);
      removeIfThere(core.env, core.path(tableFileName(number)));
    }
  }

  /** From here on a version names them, or they are obsolete files. */
  forget(): void {
    for (const number of this.numbers.splice(0)) this.core.pendingOutputs.delete(number);
  }

  private open(): OutputTable {
    if (this.table) return this.table;
    const { core } = this;
    const number = core.versions.newFileNumber();
    core.pendingOutputs.add(number);
    this.numbers.push(number);
    const file = core.env.create(core.path(tableFileName(number)));
    const builder = core.newTableBuilder((bytes) => file.append(bytes));
    this.table = new OutputTable(number, file, builder);
    return this.table;
  }

  /** As the outputs of compactions end. */
  private endIfFull(table: OutputTable): void {
    if (table.builder.fileSize >= this.core.options.limits.maxFileBytes) this.end(table);
  }

  private end(table: OutputTable): void {
    const { core } = this;
    const meta = table.finish();
    const { number, size } = meta;
    this.table = undefined;
    this.unsynced.add(table.file);
    this.finished.push(meta);
    core.tables.own.add(number);
    // Opened once to see that it can be.
    core.tables.get(meta);
    core.infoLog.line(
      `Generated table #${number} by bulk load: ${table.builder.numEntries} keys, ${size} bytes`,
    );
  }
}
