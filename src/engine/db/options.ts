import type { CodecOptions } from '../codec/codec';
import { type CompactionLimits, DEFAULT_LIMITS } from '../compaction/limits';
import { bytewiseComparator, type Comparator } from '../keys/comparator';
import type { FilterPolicy } from '../table/bloom';
import type { Compressor } from '../table/table-builder';
import type { TraceEvent, TraceGrain } from '../trace/events';
import type { BackgroundThread } from './background-thread';

/** LevelDB's Options (include/leveldb/options.h). What is left out has LevelDB's default. */
export interface Options {
  comparator?: Comparator | undefined;
  createIfMissing?: boolean | undefined;
  errorIfExists?: boolean | undefined;
  /** Recovery fails at damage that it would pass by otherwise. */
  paranoidChecks?: boolean | undefined;
  /**
   * Whether a block with a wrong checksum is an error (default true). LevelDB asks for it with each read and, in
   * compactions, only with paranoid_checks: it can rewrite damaged bytes under a sound checksum.
   */
  verifyChecksums?: boolean | undefined;
  /** Bytes that a memtable may take, 64 KiB to 1 GiB. */
  writeBufferSize?: number | undefined;
  /** Memtables, the active one included: at least 2, as in LevelDB. */
  maxWriteBufferNumber?: number | undefined;
  maxOpenFiles?: number | undefined;
  /** Bytes of decoded blocks that are kept. */
  blockCacheBytes?: number | undefined;
  blockSize?: number | undefined;
  blockRestartInterval?: number | undefined;
  /** Bytes of a table, 1 MiB to 1 GiB. */
  maxFileSize?: number | undefined;
  compression?: 'none' | 'snappy' | Compressor | undefined;
  reuseLogs?: boolean | undefined;
  /** Over user keys, such as bloomFilterPolicy(10); none if left out. */
  filterPolicy?: FilterPolicy | undefined;
  codec?: CodecOptions | undefined;
  /** Thresholds other than LevelDB's, for a what-if. `maxFileBytes` follows `maxFileSize`. */
  limits?: Partial<CompactionLimits> | undefined;
  /** Whether to write LOG as LevelDB does (default true). */
  infoLog?: boolean | undefined;
  /** Milliseconds since 1970, for LOG. */
  now?: (() => number) | undefined;
  traceGrain?: TraceGrain | undefined;
  /** Told of everything as it happens. It must not call the database. */
  trace?: ((event: TraceEvent) => void) | undefined;
  /**
   * Who does what LevelDB's background thread does. `now` (default): each operation that makes work does it before it
   * returns. `stepped`: whoever calls `Database.step`; a write that would have to wait does as much as it waits for.
   */
  background?: 'now' | 'stepped' | undefined;
  /**
   * A thread that compacts and flushes, and builds tables of large logs in `Database.openNow`, while this one goes on: operations wait for it only where LevelDB's wait for its
   * background thread, and the next one takes over what it has done. It is used for the files of its own env, as long as
   * nobody traces, for what is plain data: bytewise order, LevelDB's own filter and compressions. It is ended with the
   * database.
   */
  thread?: BackgroundThread | undefined;
}

/** Options with every value within LevelDB's bounds (SanitizeOptions). */
export interface SanitizedOptions {
  comparator: Comparator;
  createIfMissing: boolean;
  errorIfExists: boolean;
  paranoidChecks: boolean;
  verifyChecksums: boolean;
  writeBufferSize: number;
  maxWriteBufferNumber: number;
  maxOpenFiles: number;
  blockCacheBytes: number;
  blockSize: number;
  blockRestartInterval: number;
  compression: 'none' | 'snappy' | Compressor;
  reuseLogs: boolean;
  filterPolicy: FilterPolicy | undefined;
  codec: CodecOptions;
  limits: CompactionLimits;
  infoLog: boolean;
  now: () => number;
  traceGrain: TraceGrain;
  trace: ((event: TraceEvent) => void) | undefined;
  background: 'now' | 'stepped';
  thread: BackgroundThread | undefined;
}

export function sanitizeOptions(options: Options): SanitizedOptions {
  const maxFileBytes = clip(options.maxFileSize ?? 2 << 20, 1 << 20, 1 << 30);
  return {
    comparator: options.comparator ?? bytewiseComparator,
    createIfMissing: options.createIfMissing ?? false,
    errorIfExists: options.errorIfExists ?? false,
    paranoidChecks: options.paranoidChecks ?? false,
    verifyChecksums: options.verifyChecksums ?? true,
    writeBufferSize: clip(options.writeBufferSize ?? 4 << 20, 64 << 10, 1 << 30),
    maxWriteBufferNumber: Math.max(2, options.maxWriteBufferNumber ?? 2),
    maxOpenFiles: clip(options.maxOpenFiles ?? 1000, 74, 50000),
    blockCacheBytes: options.blockCacheBytes ?? 8 << 20,
    blockSize: clip(options.blockSize ?? 4096, 1 << 10, 4 << 20),
    blockRestartInterval: options.blockRestartInterval ?? 16,
    compression: options.compression ?? 'snappy',
    reuseLogs: options.reuseLogs ?? false,
    filterPolicy: options.filterPolicy,
    codec: options.codec ?? {},
    limits: { ...DEFAULT_LIMITS, maxFileBytes, ...options.limits },
    infoLog: options.infoLog ?? true,
    now: options.now ?? Date.now,
    traceGrain: options.traceGrain ?? 'files',
    trace: options.trace,
    background: options.background ?? 'now',
    thread: options.thread,
  };
}

function clip(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
