import assert from 'node:assert/strict';
import { WriteBatch } from '../../src/engine/batch/write-batch';
import { compareBytes, equalBytes } from '../../src/engine/bytes/compare';
import { copyOf } from '../../src/engine/bytes/copy';
import { Database, type Snapshot } from '../../src/engine/db/database';
import type { DatabaseIterator } from '../../src/engine/db/database-iterator';
import type { Options } from '../../src/engine/db/options';
import { EnvError } from '../../src/engine/env/env';
import { Crashed, FaultEnv, type FileOperation, type PowerCut } from '../../src/engine/env/fault';
import { LsmError } from '../../src/engine/problem';
import { runSteps, type Steps, type TraceEvent } from '../../src/engine/trace/events';
import { type Found, isSame, type ModelMap, type ModelOperation } from './model-map';
import type { Reached } from './model-reached';
import { checkFiles, checkTree } from './model-tree';

const DIRECTORY = 'db';

const LOGGING = new Set<FileOperation>(['append', 'flush', 'sync']);

/** How a database came to its end. */
export type Ending = 'close and reopen' | 'process crash' | 'power cut';

export interface HeldIterator {
  iterator: DatabaseIterator;
  sequence: number;
  /** Index of the key that it stands on; -1 if it is not valid. */
  place: number;
}

export interface HeldSnapshot {
  snapshot: Snapshot;
  sequence: number;
}

/** What chance decides of an end and of the openings after it. */
export interface Chance {
  options(): Options;
  cut: PowerCut;
  /** How an opening that a crash ends has crashed. */
  ending(): Ending;
  /** May arm something before an opening. */
  disturb(): void;
}

/** Work that somebody steps now and then. */
interface Job {
  steps: Steps<void>;
  /** What it makes durable when it ends. */
  makesDurable: number;
}

/** A database and the map that it has to agree with. Every method checks what it sees. */
export class ModelDatabase {
  readonly map: ModelMap;
  readonly iterators: HeldIterator[] = [];
  readonly snapshots: HeldSnapshot[] = [];
  readonly jobs: Job[] = [];
  private readonly reached: Reached;
  private readonly log: ((line: string) => void) | undefined;
  private readonly env = new FaultEnv();
  private database!: Database;
  /** Whether the database was there once: then it is never gone again. */
  private exists = false;
  /** The moment that a reader sees. At most one batch behind it is in doubt: its write did not return. */
  private acknowledged = 0;
  /** The moment that a power cut must not go behind. */
  private durable = 0;
  /** Since the database was opened. */
  private faults = 0;
  private isLogHit = false;

  constructor(map: ModelMap, reached: Reached, log?: (line: string) => void) {
    this.map = map;
    this.log = log;
    this.reached = reached;
    this.env.createDirectory(DIRECTORY);
  }

  get hasFailed(): boolean {
    return this.database.failure !== undefined;
  }

  /** The sequence up to which a reader sees. */
  get sequence(): number {
    return this.map.sequenceOf(this.acknowledged);
  }

  write(operations: readonly ModelOperation[], sync: boolean): void {
    const { database, map } = this;
    const batch = new WriteBatch();
    for (const { key, value } of operations) {
      if (value) batch.put(map.keys[key], value);
      else batch.delete(map.keys[key]);
    }
    const failure = database.failure;
    const first = Number(database.lastSequence) + 1;
    this.isLogHit = false;
    try {
      database.write(batch, { sync });
    } catch (error) {
      if (!(error instanceof Crashed)) this.expectFault(error);
      // Otherwise it was not even tried.
      const inDoubt = error instanceof Crashed || (this.isLogHit && !failure);
      if (inDoubt) {
        this.reached.count('write in doubt');
        map.append(first, operations);
      }
      if (error instanceof Crashed) throw error;
      assert.equal(Number(database.lastSequence), first - 1);
      if (this.isLogHit) assert.ok(database.failure, 'a log in doubt is written to');
      return;
    }
    assert.equal(failure, undefined, 'a write after a failure');
    assert.equal(Number(batch.sequence), first);
    map.append(first, operations);
    this.acknowledged = map.moments;
    if (sync) this.durable = this.acknowledged;
    assert.equal(Number(database.lastSequence), this.sequence);
  }

  get(key: number, held?: HeldSnapshot): void {
    const found = this.find(key, held);
    const expected = this.map.at(key, held?.sequence ?? this.sequence);
    if (!isSame(found, expected)) assert.fail(`get ${key}: ${describe(found)}, not ${describe(expected)}`);
  }

  takeSnapshot(): void {
    const snapshot = this.database.snapshot();
    this.snapshots.push({ snapshot, sequence: this.sequence });
  }

  openIterator(held?: HeldSnapshot): void {
    const iterator = this.database.iterator({ snapshot: held?.snapshot, fillCache: false });
    this.iterators.push({ iterator, sequence: held?.sequence ?? this.sequence, place: -1 });
  }

  /** Moves an iterator: to an end, a step, or to the first key at or after one. */
  move(held: HeldIterator, how: 'first' | 'last' | 'next' | 'prev' | Uint8Array): void {
    const { map } = this;
    const { sequence } = held;
    const { cursor } = held.iterator;
    const { length } = map.keys;
    if (how === 'first') {
      cursor.seekToFirst();
      held.place = map.neighbour(-1, 1, sequence);
    } else if (how === 'last') {
      cursor.seekToLast();
      held.place = map.neighbour(length, -1, sequence);
    } else if (how === 'next') {
      cursor.next();
      held.place = map.neighbour(held.place, 1, sequence);
    } else if (how === 'prev') {
      cursor.prev();
      held.place = map.neighbour(held.place, -1, sequence);
    } else {
      cursor.seek(how, 0, how.length);
      held.place = map.neighbour(map.indexAtOrAfter(how, compareBytes) - 1, 1, sequence);
    }
    this.checkPlace(held);
  }

  closeIterator(held: HeldIterator): void {
    this.iterators.splice(this.iterators.indexOf(held), 1);
    held.iterator.close();
  }

  /** Many gets that pass by a table in vain use up its seeks. */
  burst(key: number, times: number): void {
    for (let i = 0; i < times; i++) this.get(key);
  }

  step(times: number): void {
    for (let i = 0; i < times && this.database.step(); i++);
  }

  /** Begins a flush or a compaction and steps it as far as it is told; the rest is a job. */
  begin(what: (database: Database) => Steps<void>, flushes: boolean, steps: number): void {
    // What a flush makes durable is what was acknowledged when it began.
    const job = { steps: what(this.database), makesDurable: flushes ? this.acknowledged : 0 };
    this.jobs.push(job);
    this.stepJob(job, steps);
  }

  stepJob(job: Job, times: number): void {
    try {
      for (let i = 0; i < times; i++) {
        if (!job.steps.next().done) continue;
        this.jobs.splice(this.jobs.indexOf(job), 1);
        // CompactRange ends without an error where a flush throws.
        if (!this.hasFailed) this.durable = Math.max(this.durable, job.makesDurable);
        return;
      }
    } catch (error) {
      this.jobs.splice(this.jobs.indexOf(job), 1);
      this.expectFault(error);
    }
  }

  abandonJob(job: Job): void {
    this.jobs.splice(this.jobs.indexOf(job), 1);
    job.steps.return();
  }

  /** From now on operations on files come to what `plan` says; `after` counts them from here. */
  arm(plan: (operation: FileOperation, after: number) => ReturnType<NonNullable<FaultEnv['plan']>>): void {
    const from = this.env.operations;
    this.env.plan = (operation, path, number) => {
      const fault = plan(operation, number - from);
      if (fault) this.log?.(`    ${fault}: ${operation} ${path}`);
      if (fault === 'fail' || fault === 'short write') {
        this.faults++;
        this.reached.count('injected error');
        this.isLogHit ||= isOfLogging(operation, path);
      }
      return fault;
    };
  }

  disarm(): void {
    this.env.plan = undefined;
  }

  /** Ends it in some way, opens it again and looks whether all is there that has to be, and nothing else. */
  reopen(ending: Ending, chance: Chance): void {
    const options = chance.options();
    let lost = ending === 'power cut';
    if (ending === 'close and reopen') {
      this.database.close();
      this.reached.count(ending);
      for (const { steps } of this.jobs) this.outlive(steps);
    } else this.restart(ending, chance.cut);
    this.iterators.length = this.snapshots.length = this.jobs.length = 0;
    let isLogReused = false;
    chance.disturb();
    for (;;) {
      this.faults = 0;
      isLogReused = false;
      try {
        this.database = Database.openNow(this.env, DIRECTORY, {
          ...options,
          createIfMissing: !this.exists,
          trace: (event) => {
            if (this.log) this.log(`    ${textOf(event)}`);
            const { snapshots, iterators } = this;
            this.reached.hear(event, { snapshots: snapshots.length, iterators: iterators.length });
            if (event.type === 'log-end') isLogReused ||= event.reused;
          },
        });
        break;
      } catch (error) {
        if (error instanceof Crashed) {
          this.reached.count('crash within open');
          const next = chance.ending();
          lost ||= next === 'power cut';
          this.restart(next, chance.cut);
          chance.disturb();
        } else {
          this.expectFault(error);
          this.reached.count('open that failed');
        }
      }
    }
    this.exists = true;
    this.recovered(lost, isLogReused);
  }

  /** The first time. */
  create(chance: Chance): void {
    this.reopen('process crash', chance);
  }

  /** Everything, key by key and in both directions. */
  checkAll(held?: HeldSnapshot): void {
    for (const key of this.map.keys.keys()) this.get(key, held);
    this.scan(held);
  }

  private scan(held?: HeldSnapshot): void {
    this.openIterator(held);
    const scan = this.iterators.at(-1)!;
    this.move(scan, 'first');
    while (scan.place >= 0) this.move(scan, 'next');
    this.move(scan, 'last');
    while (scan.place >= 0) this.move(scan, 'prev');
    this.closeIterator(scan);
    checkTree(this.database, this.env);
    assert.deepEqual(this.database.problems, []);
  }

  /** Lets all go, does all work, and looks whether the directory holds what it must and no more. */
  checkDirectory(): void {
    for (const job of [...this.jobs]) this.abandonJob(job);
    for (const held of [...this.iterators]) this.closeIterator(held);
    for (const { snapshot } of this.snapshots.splice(0)) snapshot.release();
    if (this.hasFailed || this.faults > 0 || this.env.plan) return;
    this.begin((database) => database.flush(), true, Number.POSITIVE_INFINITY);
    runSteps(this.database.settleSteps());
    assert.equal(this.database.hasWork, false);
    checkFiles(this.database, this.env);
  }

  private recovered(lost: boolean, isLogReused: boolean): void {
    const { database, map } = this;
    const floor = lost ? this.durable : this.acknowledged;
    const found = Array.from(map.keys.keys(), (key) => this.find(key));
    const lastSequence = Number(database.lastSequence);
    const moment = map.momentOf(found, floor, lastSequence);
    if (moment === undefined) {
      assert.fail(
        `no moment from ${floor} to ${map.moments} (durable ${this.durable}, acknowledged ${this.acknowledged}) ` +
          `at most at sequence ${lastSequence} has ${found.map(describe).join(', ')}`,
      );
    }
    assert.ok(lastSequence >= map.sequenceOf(floor), 'the last sequence went back');
    if (moment < this.acknowledged) this.reached.count('write lost by power cut');
    map.truncate(moment);
    this.acknowledged = moment;
    // What was read from a log that is not written to any more is in tables now.
    if (lost || !isLogReused) this.durable = moment;
    this.scan();
  }

  /** Work on a database that is closed has to end, in whatever way. */
  private outlive(steps: Steps<void>): void {
    try {
      runSteps(steps);
    } catch (error) {
      if (error instanceof LsmError && error.code === 'invalid-argument') return;
      this.expectFault(error);
    }
  }

  private restart(ending: Ending, cut: PowerCut): void {
    this.reached.count(ending);
    const { env } = this;
    env.plan = undefined;
    if (ending === 'power cut') env.powerCut(cut);
    else env.restartProcess();
  }

  private find(key: number, held?: HeldSnapshot): Found | undefined {
    const { found, value, sequence } = this.database.get(this.map.keys[key], { snapshot: held?.snapshot });
    return found ? { sequence: Number(sequence), value: value! } : undefined;
  }

  private checkPlace({ iterator, place, sequence }: HeldIterator): void {
    const { cursor } = iterator;
    const { keys } = this.map;
    assert.equal(iterator.error, undefined);
    if (place < 0) {
      assert.ok(!cursor.valid, 'an iterator beyond its end');
      return;
    }
    assert.ok(cursor.valid, `an iterator that should stand on key ${place} has ended`);
    const key = cursor.keyBuffer.subarray(cursor.keyStart, cursor.keyEnd);
    if (!equalBytes(key, keys[place])) {
      assert.fail(`an iterator stands on "${copyOf(key)}", not on key ${place}`);
    }
    const value = cursor.valueBuffer.subarray(cursor.valueStart, cursor.valueEnd);
    assert.ok(equalBytes(value, this.map.at(place, sequence)!.value), `the value of key ${place}`);
  }

  private expectFault(error: unknown): void {
    if (error instanceof Crashed || !(error instanceof EnvError) || this.faults === 0) throw error;
  }
}

function describe(found: Found | undefined): string {
  if (!found) return 'nothing';
  return `#${found.sequence} (${found.value.length} bytes: ${found.value.subarray(0, 4)})`;
}

/** Whether a write is in doubt when this fails. */
function isOfLogging(operation: FileOperation, path: string): boolean {
  return operation === 'sync-directory' || (path.endsWith('.log') && LOGGING.has(operation));
}

function textOf(event: TraceEvent): string {
  return JSON.stringify(event, (_key, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  );
}
