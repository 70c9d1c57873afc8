import type { U64 } from '../bytes/u64';
import type { Compaction } from '../compaction/compaction';
import { totalBytes } from '../compaction/overlap';
import { ignoreFailure } from '../env/env';
import type { Cursor } from '../iterator/cursor';
import type { FileMetaData } from '../manifest/version-edit';
import type { LsmError } from '../problem';
import type { BuiltBlock } from '../table/kernel-blocks';
import type { WrittenBlock } from '../table/table-builder';
import type { DropReason, KeepReason, OutputEnd, Steps, TraceEvent } from '../trace/events';
import type { TableHost } from './build-table';
import { InputBlocks } from './input-blocks';
import { OutputTable } from './output-table';
import type { TableCache } from './table-cache';
import { UnsyncedFiles } from './unsynced-files';

/** What a compaction needs of what is around it, in whichever thread it is done. */
export interface CompactionHost extends TableHost {
  /** To read the inputs. */
  readonly tables: TableCache;
  /** Whether somebody is told of each block, and of single entries. */
  readonly isTold: boolean;
  readonly isDetailed: boolean;
  /** The sequence at or below which nothing that is hidden is seen by anybody. */
  readonly smallestSnapshot: U64;
  /** The number of an output. Nobody removes its file while the compaction goes on. */
  newTableNumber(): U64;
  /** Whether something is to be done before the next entry. */
  readonly hasUrgentWork: boolean;
  /** Does it; throws if nothing is to be done any more. */
  urgentWork(): Iterable<TraceEvent>;
}

type Entry = Pick<Cursor, 'keyBuffer' | 'keyStart' | 'keyEnd' | 'valueBuffer' | 'valueStart' | 'valueEnd'>;

/** What entries came to. */
export interface CompactionCounts {
  entriesRead: number;
  entriesKept: number;
  shadowed: number;
  deletions: number;
}

/** The tables that a compaction writes, and what it has come to so far. */
export class CompactionOutputs implements CompactionCounts {
  readonly host: CompactionHost;
  readonly compaction: Compaction;
  readonly finished: FileMetaData[] = [];
  private readonly unsynced = new UnsyncedFiles();
  /** Of the one that is being written; undefined if none is. */
  private output: OutputTable | undefined;
  entriesRead = 0;
  entriesKept = 0;
  shadowed = 0;
  deletions = 0;
  /** Blocks that were read, left and written since the last step. */
  readonly blocks: TraceEvent[] = [];
  readonly inputBlocks: InputBlocks;

  constructor(host: CompactionHost, compaction: Compaction) {
    this.host = host;
    this.compaction = compaction;
    this.inputBlocks = new InputBlocks(host.isTold ? this.blocks : undefined);
  }

  /** The number of the table that is being written; undefined if none is. */
  get current(): U64 | undefined {
    return this.output?.number;
  }

  /** Whether the table that is being written ends here. */
  get isFull(): boolean {
    return this.output!.builder.fileSize >= this.compaction.limits.maxFileBytes;
  }

  *begin(): Steps<void> {
    const { host, compaction } = this;
    const number = host.newTableNumber();
    const file = host.createTable(number);
    const onBlock = (block: WrittenBlock) =>
      this.blocks.push({ type: 'output-block', table: number, ...block });
    const builder = host.newTableBuilder((bytes) => file.append(bytes), host.isTold ? onBlock : undefined);
    this.output = new OutputTable(number, file, builder);
    yield { type: 'output-begin', table: number, level: compaction.outputLevel };
  }

  addEntry(entry: Entry): void {
    const { keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd } = entry;
    this.output!.addRange(keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd);
  }

  addBlock(block: BuiltBlock | undefined): void {
    if (block) this.output!.addBlock(block);
  }

  count(keep: boolean, why: KeepReason | DropReason): void {
    this.entriesRead++;
    if (keep) this.entriesKept++;
    else if (why === 'shadowed') this.shadowed++;
    else this.deletions++;
  }

  progress(): Extract<TraceEvent, { type: 'compaction-progress' }> {
    const { entriesRead: entries, finished, output } = this;
    const { bytesRead } = this.inputBlocks;
    const bytesTotal = this.compaction.inputBytes;
    const bytesWritten = totalBytes(finished) + (output?.builder.fileSize ?? 0);
    return { type: 'compaction-progress', entries, bytesRead, bytesTotal, bytesWritten };
  }

  /** Ends the table that is being written, if one is. Throws `inputError` instead if there is one. */
  *finish(inputError: LsmError | undefined, why: OutputEnd): Steps<void> {
    const { host, output } = this;
    if (!output || output.isEmpty) return;
    if (inputError) throw inputError;
    const { number, file, builder } = output;
    const meta = output.finish();
    this.output = undefined;
    this.unsynced.add(file);
    yield* this.blocks.splice(0);
    const { numEntries: entries } = builder;
    host.tableDone(meta, entries);
    this.finished.push(meta);
    yield { type: 'output-end', table: number, file: meta, entries, why };
  }

  /** All tables are durable then. */
  sync(): void {
    this.unsynced.sync();
  }

  /** Gives up what was not finished. */
  abandon(): void {
    const { output } = this;
    this.output = undefined;
    this.unsynced.abandon();
    if (output) ignoreFailure(() => output.file.close());
  }
}
