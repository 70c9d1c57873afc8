import type { RandomAccessFile, WritableFile } from '../engine/env/env';
import { FaultEnv } from '../engine/env/fault';
import { parseFileName } from '../engine/manifest/file-names';
import type { ByteCounts, PlaygroundFile, SpaceState } from './playground-api';

export const DIRECTORY = '/playground';

/** Whose reads are counted where. */
type Reader = 'readByUser' | 'readByBackground';

/**
 * The file system of a playground, in memory. It counts what is written and read where that happens, and knows whether
 * a power cut would take something of the logs.
 */
export class PlaygroundEnv extends FaultEnv {
  readonly counts: ByteCounts = {
    user: 0,
    log: 0,
    flush: 0,
    compaction: 0,
    manifest: 0,
    readByUser: 0,
    readByBackground: 0,
  };
  /** Undefined while nothing is counted. */
  reader: Reader | undefined = 'readByBackground';
  /** Called when no log has anything that is not synced, after some had. */
  onLogsSynced: () => void = () => {};
  private readonly unsynced = new Set<string>();
  /** Numbers of tables that are flushed memtables. */
  private readonly flushed = new Set<number | bigint>();

  /** Bytes of this table are a flush's, not a compaction's. */
  countAsFlush(table: number | bigint): void {
    this.flushed.add(table);
  }

  override create(path: string): WritableFile {
    return this.counted(path, super.create(path));
  }

  override append(path: string): WritableFile {
    return this.counted(path, super.append(path));
  }

  override open(path: string): RandomAccessFile {
    const file = super.open(path);
    if (this.kindOf(path)?.kind !== 'table') return file;
    return {
      path,
      size: () => file.size(),
      read: (offset, target, start, length) => {
        const count = file.read(offset, target, start, length);
        if (this.reader) this.counts[this.reader] += count;
        return count;
      },
      close: () => file.close(),
    };
  }

  override powerCut(...cut: Parameters<FaultEnv['powerCut']>): void {
    super.powerCut(...cut);
    this.unsynced.clear();
    // Their numbers may come again.
    this.flushed.clear();
  }

  /** Bytes of the files. */
  space(): Pick<SpaceState, 'tables' | 'logs' | 'others' | 'disk'> {
    const space = { tables: 0, logs: 0, others: 0, disk: 0 };
    for (const { name } of this.list(DIRECTORY)) {
      const path = this.join(DIRECTORY, name);
      const { size } = this.stat(path);
      const kind = this.kindOf(path)?.kind;
      space[kind === 'table' ? 'tables' : kind === 'log' ? 'logs' : 'others'] += size;
      space.disk += size;
    }
    return space;
  }

  /** All files as another process would find them. */
  contents(): PlaygroundFile[] {
    return this.list(DIRECTORY)
      .filter(({ name }) => name !== 'LOCK')
      .map(({ name }) => {
        const file = super.open(this.join(DIRECTORY, name));
        const contents = new Uint8Array(file.size());
        file.read(0, contents, 0, contents.length);
        return { name, contents };
      });
  }

  private kindOf(path: string) {
    return parseFileName(this.split(path).name);
  }

  private counted(path: string, file: WritableFile): WritableFile {
    // A file that is continued and is not there is created.
    if (file instanceof CountedFile) return file;
    const { kind, number = 0 } = this.kindOf(path) ?? {};
    return new CountedFile(
      file,
      (bytes) => {
        const { counts } = this;
        if (kind === 'log') {
          counts.log += bytes;
          this.unsynced.add(path);
        } else if (kind === 'manifest') counts.manifest += bytes;
        else if (kind === 'table') counts[this.flushed.has(number) ? 'flush' : 'compaction'] += bytes;
      },
      () => {
        if (this.unsynced.delete(path) && this.unsynced.size === 0) this.onLogsSynced();
      },
    );
  }
}

class CountedFile implements WritableFile {
  readonly path: string;
  private readonly file: WritableFile;
  private readonly onAppended: (bytes: number) => void;
  private readonly onSynced: () => void;

  constructor(file: WritableFile, onAppended: (bytes: number) => void, onSynced: () => void) {
    this.path = file.path;
    this.file = file;
    this.onAppended = onAppended;
    this.onSynced = onSynced;
  }

  append(bytes: Uint8Array): void {
    this.file.append(bytes);
    this.onAppended(bytes.length);
  }

  flush(): void {
    this.file.flush();
  }

  sync(): void {
    this.file.sync();
    this.onSynced();
  }

  close(): void {
    this.file.close();
  }
}
