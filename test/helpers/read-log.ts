import type { DirectoryEntry, FileStat, RandomAccessFile, ReadableEnv } from '../../src/engine/env/env';
import { BLOCK_TRAILER_SIZE } from '../../src/engine/table/format';
import { TableOutline } from '../../src/engine/table/layout';

export interface ReadRange {
  path: string;
  offset: number;
  length: number;
}

/** Another environment's files; notes every read. */
export class ReadLogEnv implements ReadableEnv {
  readonly reads: ReadRange[] = [];
  readonly inner: ReadableEnv;

  constructor(inner: ReadableEnv) {
    this.inner = inner;
  }

  list(directory: string): DirectoryEntry[] {
    return this.inner.list(directory);
  }

  stat(path: string): FileStat {
    return this.inner.stat(path);
  }

  open(path: string): RandomAccessFile {
    const file = this.inner.open(path);
    return {
      path,
      size: () => file.size(),
      read: (offset, target, start, length) => {
        this.reads.push({ path, offset, length });
        return file.read(offset, target, start, length);
      },
      close: () => file.close(),
    };
  }

  join(directory: string, name: string): string {
    return this.inner.join(directory, name);
  }

  split(path: string): { directory: string; name: string } {
    return this.inner.split(path);
  }
}

export interface BlockReads {
  index: number;
  data: number;
  /** Filters, metaindex, and whatever else is no block's: not the footer. */
  other: number;
}

/** The blocks of each table that the reads touched, by what the tables say of themselves. A block read twice counts twice. */
export class BlockReadCounter {
  private readonly env: ReadableEnv;
  private readonly regions = new Map<string, { kind: string; start: number; end: number }[]>();

  constructor(env: ReadableEnv) {
    this.env = env;
  }

  /** By path; other files than tables are passed by. */
  count(reads: readonly ReadRange[]): Map<string, BlockReads> {
    const counts = new Map<string, BlockReads>();
    for (const { path, offset, length } of reads) {
      if (!/\.(ldb|sst)$/.test(path)) continue;
      const count = counts.get(path) ?? { index: 0, data: 0, other: 0 };
      counts.set(path, count);
      for (const { kind, start, end } of this.regionsOf(path)) {
        if (start >= offset + length || end <= offset || kind === 'footer') continue;
        if (kind === 'index') count.index++;
        else if (kind === 'data') count.data++;
        else count.other++;
      }
    }
    return counts;
  }

  private regionsOf(path: string): { kind: string; start: number; end: number }[] {
    const known = this.regions.get(path);
    if (known) return known;
    const file = this.env.open(path);
    try {
      const outline = new TableOutline(file, file.size(), { name: path, codec: {} }, ({ message }) => {
        throw new Error(message);
      });
      const regions = outline.regions.map((region) => ({
        kind: region.kind,
        start: region.offset,
        end: region.offset + region.size + (region.kind === 'footer' ? 0 : BLOCK_TRAILER_SIZE),
      }));
      this.regions.set(path, regions);
      return regions;
    } finally {
      file.close();
    }
  }
}
