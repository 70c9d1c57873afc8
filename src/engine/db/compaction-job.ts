import { copyOf } from '../bytes/copy';
import type { U64 } from '../bytes/u64';
import type { Inflate } from '../codec/codec';
import { Compaction } from '../compaction/compaction';
import type { CompactionLimits } from '../compaction/limits';
import { overlappingFiles, rangeOf, userKeyOf } from '../compaction/overlap';
import type { WritableEnv, WritableFile } from '../env/env';
import { tableFileName } from '../manifest/file-names';
import { FileNumbers } from '../manifest/file-numbers';
import { Version } from '../manifest/version';
import { type FileMetaData, LEVELS } from '../manifest/version-edit';
import type { Problem } from '../problem';
import type { TraceEvent } from '../trace/events';
import type { TableHost } from './build-table';
import { type CompactionCounts, type CompactionHost, CompactionOutputs } from './compaction-outputs';
import { mergeInputs } from './compaction-work';
import type { DatabaseCore } from './core';
import { sanitizeOptions } from './options';
import { ProblemList } from './problem-list';
import { type SentFailure, sentFailure } from './sent-failure';
import { TableCache } from './table-cache';
import { builderOf, SHAPE_COMPARATOR, shapeElsewhere, type TableShape } from './table-shape';
import type { WorkBoard } from './work-board';

/** All that a compaction depends on, as it crosses between threads. */
export interface CompactionJob {
  directory: string;
  level: number;
  inputs: [FileMetaData[], FileMetaData[]];
  grandparents: FileMetaData[];
  /** By level the files below the outputs that meet the inputs' range. */
  below: FileMetaData[][];
  smallestSnapshot: U64;
  limits: CompactionLimits;
  shape: TableShape;
  verifyChecksums: boolean;
  maxOpenFiles: number;
  /** Whether zlib blocks can be read, and are likely (CodecOptions). */
  hasInflate: boolean;
  preferZlib: boolean;
  /** Numbers of those inputs that were written here (TableCache.own). */
  own: U64[];
  /** Of the database's FileNumbers. */
  numbers: SharedArrayBuffer;
}

export interface CompactionOutcome extends CompactionCounts {
  finished: FileMetaData[];
  /** Of each of these the number of entries. */
  entries: number[];
  milliseconds: number;
  /** Damage that was met. */
  problems: Problem[];
  failure: SentFailure | undefined;
}

/** A compaction for another thread; undefined where only this one can do it. */
export function compactionJob(core: DatabaseCore, compaction: Compaction): CompactionJob | undefined {
  const shape = shapeElsewhere(core);
  if (!shape) return undefined;
  const { options, versions } = core;
  const { level, inputs, grandparents, limits, version } = compaction;
  const { smallest, largest } = rangeOf(version.comparator, inputs.flat());
  const below = Array.from({ length: LEVELS }, (_, deeper) =>
    deeper < level + 2
      ? []
      : copies(overlappingFiles(version, deeper, userKeyOf(smallest), userKeyOf(largest))),
  );
  return {
    directory: core.directory,
    level,
    inputs: [copies(inputs[0]), copies(inputs[1])],
    grandparents: copies(grandparents),
    below,
    smallestSnapshot: core.smallestSnapshot(),
    limits,
    shape,
    verifyChecksums: options.verifyChecksums,
    maxOpenFiles: options.maxOpenFiles,
    hasInflate: options.codec.inflate !== undefined,
    preferZlib: options.codec.preferZlib ?? false,
    own: inputs
      .flatMap((files) => files.map(({ number }) => number))
      .filter((number) => core.tables.own.has(number)),
    numbers: versions.fileNumbers.memory,
  };
}

/** Keys can be parts of large buffers, which would cross as a whole. */
function copies(files: readonly FileMetaData[]): FileMetaData[] {
  const copy = (key: Uint8Array) => copyOf(key, 0, key.length);
  return files.map(({ number, size, smallest, largest }) => ({
    number,
    size,
    smallest: copy(smallest),
    largest: copy(largest),
  }));
}

/** What goes first when a compaction is interrupted. */
export type UrgentWork = () => void;

/**
 * Does a compaction for the database of another thread, and writes its tables; the database installs them. A failure is in
 * the outcome. `board` is told how it goes on.
 */
export function doCompactionJob(
  env: WritableEnv,
  job: CompactionJob,
  board: WorkBoard,
  inflate: Inflate,
  urgent: UrgentWork,
): CompactionOutcome {
  const started = Date.now();
  const host = new JobHost(env, job, board, inflate, urgent);
  const outputs = new CompactionOutputs(host, compactionOf(job));
  let failure: SentFailure | undefined;
  try {
    for (const event of mergeInputs(outputs)) {
      board.step();
      if (event.type !== 'compaction-progress') continue;
      board.tellProgress(event);
    }
    // Here rather than in the database's thread, which writes meanwhile.
    env.syncDirectory(job.directory);
  } catch (error) {
    failure = sentFailure(error);
  } finally {
    outputs.abandon();
    host.tables.close();
  }
  const { finished, entriesRead, entriesKept, shadowed, deletions } = outputs;
  return {
    finished,
    entries: host.entries,
    milliseconds: Date.now() - started,
    problems: [...host.problems.all],
    failure,
    entriesRead,
    entriesKept,
    shadowed,
    deletions,
  };
}

function compactionOf({ level, inputs, grandparents, below, limits }: CompactionJob): Compaction {
  const levels = [...below];
  levels.splice(level, 2, ...inputs);
  const version = new Version(SHAPE_COMPARATOR, levels, []);
  const compaction = new Compaction('size', level, version, limits);
  for (const which of [0, 1] as const) compaction.inputs[which].push(...inputs[which]);
  compaction.grandparents = grandparents;
  return compaction;
}

/** Whoever waits for the compaction does not want it any more. */
class Stopped extends Error {}

class JobHost implements CompactionHost {
  readonly tables: TableCache;
  readonly isTold = false;
  readonly isDetailed = false;
  readonly smallestSnapshot: U64;
  readonly newTableBuilder: TableHost['newTableBuilder'];
  readonly problems = new ProblemList();
  /** Of each output. */
  readonly entries: number[] = [];
  private readonly env: WritableEnv;
  private readonly directory: string;
  private readonly board: WorkBoard;
  private readonly numbers: FileNumbers;
  private readonly urgent: UrgentWork;

  constructor(env: WritableEnv, job: CompactionJob, board: WorkBoard, inflate: Inflate, urgent: UrgentWork) {
    const { hasInflate, preferZlib, verifyChecksums, maxOpenFiles } = job;
    this.env = env;
    this.directory = job.directory;
    this.board = board;
    this.urgent = urgent;
    this.numbers = new FileNumbers(job.numbers);
    this.smallestSnapshot = job.smallestSnapshot;
    this.newTableBuilder = builderOf(job.shape);
    const codec = { ...(hasInflate ? { inflate } : {}), preferZlib };
    // A merge asks no filter.
    const options = sanitizeOptions({ verifyChecksums, maxOpenFiles, codec });
    this.tables = new TableCache(env, job.directory, SHAPE_COMPARATOR, options, (problem) =>
      this.problems.add(problem),
    );
    for (const number of job.own) this.tables.own.add(number);
  }

  newTableNumber(): U64 {
    return this.numbers.take();
  }

  createTable(number: U64): WritableFile {
    return this.env.create(this.env.join(this.directory, tableFileName(number)));
  }

  /** The database opens it, which has to anyway. */
  tableDone(_file: FileMetaData, entries: number): void {
    this.entries.push(entries);
  }

  get hasUrgentWork(): boolean {
    return this.board.isToStop || this.board.isInterrupted;
  }

  urgentWork(): TraceEvent[] {
    if (this.board.isToStop) throw new Stopped('stopped');
    if (this.board.takeInterruption()) this.urgent();
    return [];
  }
}
