import type { U64 } from '../bytes/u64';
import type { Inflate } from '../codec/codec';
import { Compaction } from '../compaction/compaction';
import type { WritableEnv, WritableFile } from '../env/env';
import { bytewiseComparator } from '../keys/comparator';
import { InternalKeyComparator } from '../keys/internal-key';
import { tableFileName } from '../manifest/file-names';
import { FileNumbers } from '../manifest/file-numbers';
import { Version } from '../manifest/version';
import type { FileMetaData } from '../manifest/version-edit';
import { bloomFilterPolicy, internalFilterPolicy } from '../table/filter';
import { TableBuilder } from '../table/table-builder';
import type { TraceEvent } from '../trace/events';
import type { CompactionBoard } from './compaction-board';
import { type CompactionHost, CompactionOutputs } from './compaction-outputs';
import { mergeInputs } from './compaction-work';
import type { CompactionJob, CompactionOutcome } from './compactor';
import { type SanitizedOptions, sanitizeOptions } from './options';
import { ProblemList } from './problem-list';
import { type SentFailure, sentFailure } from './sent-failure';
import { TableCache } from './table-cache';

/**
 * Does a compaction for the database of another thread, and writes its tables; the database installs them. A failure is in
 * the outcome. `board` is told how it goes on.
 */
export function doCompactionJob(
  env: WritableEnv,
  job: CompactionJob,
  board: CompactionBoard,
  inflate: Inflate,
): CompactionOutcome {
  const started = Date.now();
  const host = new JobHost(env, job, board, inflate);
  const outputs = new CompactionOutputs(host, compactionOf(job));
  let failure: SentFailure | undefined;
  try {
    for (const event of mergeInputs(outputs)) {
      board.step();
      if (event.type !== 'compaction-progress') continue;
      board.tellProgress(event);
    }
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

/** The only one that crosses. */
const COMPARATOR = new InternalKeyComparator(bytewiseComparator);

function compactionOf({ level, inputs, grandparents, below, limits }: CompactionJob): Compaction {
  const levels = [...below];
  levels.splice(level, 2, ...inputs);
  const version = new Version(COMPARATOR, levels, []);
  const compaction = new Compaction('size', level, version, limits);
  for (const which of [0, 1] as const) compaction.inputs[which].push(...inputs[which]);
  compaction.grandparents = grandparents;
  return compaction;
}

/** Whoever waits for the compaction does not want it any more. */
class Stopped extends Error {}

class JobHost implements CompactionHost {
  readonly tables: TableCache;
  readonly isDetailed = false;
  readonly smallestSnapshot: U64;
  readonly problems = new ProblemList();
  /** Of each output. */
  readonly entries: number[] = [];
  private readonly env: WritableEnv;
  private readonly directory: string;
  private readonly options: SanitizedOptions;
  private readonly board: CompactionBoard;
  private readonly numbers: FileNumbers;

  constructor(env: WritableEnv, job: CompactionJob, board: CompactionBoard, inflate: Inflate) {
    const { bitsPerKey, hasInflate, preferZlib } = job;
    this.env = env;
    this.directory = job.directory;
    this.board = board;
    this.numbers = new FileNumbers(job.numbers);
    this.smallestSnapshot = job.smallestSnapshot;
    this.options = sanitizeOptions({
      blockSize: job.blockSize,
      blockRestartInterval: job.blockRestartInterval,
      compression: job.compression,
      filterPolicy: bitsPerKey === undefined ? undefined : bloomFilterPolicy(bitsPerKey),
      verifyChecksums: job.verifyChecksums,
      maxOpenFiles: job.maxOpenFiles,
      codec: { ...(hasInflate ? { inflate } : {}), preferZlib },
    });
    this.tables = new TableCache(env, job.directory, COMPARATOR, this.options, (problem) =>
      this.problems.add(problem),
    );
  }

  readonly newTableBuilder: CompactionHost['newTableBuilder'] = (append, onBlock) => {
    const { blockSize, blockRestartInterval, compression, filterPolicy: user } = this.options;
    const filterPolicy = user && internalFilterPolicy(user);
    const options = { blockSize, blockRestartInterval, compression, filterPolicy, onBlock };
    return new TableBuilder({ comparator: COMPARATOR, ...options }, append);
  };

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
    return this.board.isToStop;
  }

  urgentWork(): TraceEvent[] {
    if (this.board.isToStop) throw new Stopped('stopped');
    return [];
  }
}
