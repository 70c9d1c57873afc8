import type { WorkElsewhere } from '../db/background-thread';
import { buildTable } from '../db/build-table';
import type { DatabaseCore } from '../db/core';
import { flushHost, NOTHING_FLUSHED } from '../db/flush';
import { FlushAccount, type FlushLevel } from '../db/flush-account';
import { type FlushJob, type FlushOutcome, flushJob } from '../db/flush-job';
import { receivedFailure } from '../db/sent-failure';
import { shapeElsewhere } from '../db/table-shape';
import { UnsyncedFiles } from '../db/unsynced-files';
import { ignoreFailure, type ReadableEnv, type WritableFile } from '../env/env';
import { parseFileName, tableFileName } from '../manifest/file-names';
import { removeIfThere } from '../manifest/set-current';
import type { FileMetaData, VersionEdit } from '../manifest/version-edit';
import type { ArenaMemTable } from '../memtable/arena-memtable';
import type { Steps } from '../trace/events';

/** Tables that the other thread has at a time: the one that it builds, and the one that it finds when that is done. */
const MAX_ELSEWHERE = 2;
const WAIT_MS = 100;

const RECOVERED: FlushLevel = { level: 0, why: 'recovery always flushes to level 0' };

/** A table that another thread builds, or is going to. */
interface TableElsewhere {
  readonly account: FlushAccount;
  /** Of its memtable. */
  readonly age: number;
  readonly job: FlushJob;
  readonly work: WorkElsewhere<FlushOutcome>;
  /** The table's file, for `sync`. */
  readonly file: WritableFile;
}

/**
 * The tables of a recovery, each of a memtable, which go to level 0. Another thread builds some of them while this one
 * reads the logs, and builds those for which the other has no time. Numbers and edit are as if one thread did it.
 */
export class RecoveredTables {
  private readonly core: DatabaseCore;
  private readonly isShared: boolean;
  /** In the order of their memtables: what is not there yet, or of an empty memtable, is undefined. */
  private readonly files: (FileMetaData | undefined)[] = [];
  /** In the order in which they are built. */
  private readonly elsewhere: TableElsewhere[] = [];
  /** That no job has any more: new memory is dear. */
  private readonly memories: SharedArrayBuffer[] = [];
  private readonly unsynced = new UnsyncedFiles();

  /** Starts the other thread if the logs are large. Steps that somebody watches stay with one thread. */
  constructor(core: DatabaseCore) {
    this.core = core;
    const { thread } = core.options;
    this.isShared =
      thread !== undefined &&
      !core.isWatched &&
      shapeElsewhere(core) !== undefined &&
      thread.isWorthIt(logBytes(core.env, core.directory));
    if (this.isShared) thread?.prepare();
  }

  /** Takes the next memtable, which is not its giver's any more. `log` has its writes. */
  *add(memtable: ArenaMemTable, log: string): Steps<void> {
    yield* this.takeFinished();
    const account = new FlushAccount(this.core);
    const age = this.files.push(undefined) - 1;
    yield account.begin(memtable, log, 'recovery');
    const begun = this.handOver(memtable, account, age);
    if (begun) this.elsewhere.push(begun);
    else yield* this.build(memtable, account, age);
    this.core.recycle(memtable);
  }

  /** Adds the tables to the edit, all of them durable. */
  *finish(edit: VersionEdit): Steps<void> {
    for (;;) {
      yield* this.takeFinished();
      const { elsewhere } = this;
      const last = elsewhere.at(-1);
      if (!last) break;
      if (last.work.takeBack()) {
        elsewhere.pop();
        yield* this.buildAgain(last);
      } else elsewhere[0].work.wait(WAIT_MS);
    }
    this.unsynced.sync();
    for (const file of this.files) if (file) edit.newFiles.push({ level: 0, file });
  }

  /** Ends what is under way. What no edit names is removed when the database is opened the next time. */
  abandon(): void {
    // The last first, so that it does not begin.
    for (const { work } of [...this.elsewhere].reverse()) work.stop();
    for (const { file } of this.elsewhere.splice(0)) ignoreFailure(() => file.close());
    this.unsynced.abandon();
  }

  /** Undefined if the other thread cannot have it, or has enough. */
  private handOver(memtable: ArenaMemTable, account: FlushAccount, age: number): TableElsewhere | undefined {
    const { core, isShared, elsewhere, memories } = this;
    if (!isShared || elsewhere.length >= MAX_ELSEWHERE) return undefined;
    const memoryOf = (bytes: number) => {
      const memory = memories.pop();
      return memory && memory.byteLength >= bytes ? memory : new SharedArrayBuffer(bytes + (bytes >>> 3));
    };
    const job = flushJob(core, memtable, account.table, true, memoryOf);
    if (!job) return undefined;
    let file: WritableFile;
    try {
      file = core.env.create(core.path(tableFileName(account.table)));
    } catch (error) {
      account.written(undefined, error);
      throw error;
    }
    const work = core.options.thread?.flush(job);
    if (work) return { account, age, job, work, file };
    ignoreFailure(() => file.close());
    return undefined;
  }

  private *takeFinished(): Steps<void> {
    for (let [first] = this.elsewhere; first?.work.isDone; [first] = this.elsewhere) {
      this.elsewhere.shift();
      yield* this.take(first);
    }
  }

  private *take(done: TableElsewhere): Steps<void> {
    const { core, unsynced } = this;
    const { account, age, job, work, file } = done;
    const outcome = work.outcome();
    if (!outcome) {
      work.stop();
      core.infoLog.line(`Level-0 table #${account.table}: its thread died; it is built again`);
      yield* this.buildAgain(done);
      return;
    }
    const meta = outcome.file;
    let failure: unknown;
    try {
      if (!meta) {
        ignoreFailure(() => file.close());
        throw receivedFailure(outcome.failure!);
      }
      unsynced.add(file);
      flushHost(core, account.table, () => {}).tableDone(meta, job.entries);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      account.written(meta, failure);
    }
    this.memories.push(job.memory);
    this.files[age] = meta;
    yield account.end(meta, RECOVERED);
  }

  /** Here, as a file of its own: a thread that is given up may have the other one open. */
  private *buildAgain({ account, age, job, file }: TableElsewhere): Steps<void> {
    const { core } = this;
    ignoreFailure(() => file.close());
    removeIfThere(core.env, core.path(tableFileName(account.table)));
    const memtable = core.newMemTable();
    memtable.addCopy(job.memory, job.entries, job.bytes);
    yield* this.build(memtable, account, age);
    core.recycle(memtable);
  }

  private *build(memtable: ArenaMemTable, account: FlushAccount, age: number): Steps<void> {
    const { core, unsynced } = this;
    const { table } = account;
    let file: FileMetaData | undefined;
    let failure: unknown;
    try {
      const host = flushHost(core, table, (written) => unsynced.add(written));
      if (memtable.entries > 0) file = yield* buildTable(host, memtable, table);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      account.written(file, failure);
    }
    this.files[age] = file;
    yield account.end(file, file ? RECOVERED : NOTHING_FLUSHED);
  }
}

/** Bytes of all logs; 0 where nobody can tell. */
export function logBytes(env: ReadableEnv, directory: string): number {
  const sizes = ignoreFailure(() =>
    env
      .list(directory)
      .filter(({ name }) => parseFileName(name)?.kind === 'log')
      .map(({ name }) => env.stat(env.join(directory, name)).size),
  );
  return sizes?.reduce((sum, size) => sum + size, 0) ?? 0;
}
