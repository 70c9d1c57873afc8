import { Random } from '../engine/bytes/random';
import { bestScore } from '../engine/compaction/picker';
import { Database } from '../engine/db/database';
import { EnvError } from '../engine/env/env';
import { type PowerCut, STRICT_POWER_CUT } from '../engine/env/fault';
import { manifestFileName } from '../engine/manifest/file-names';
import { LsmError } from '../engine/problem';
import type { EventOf, Steps, TraceEvent } from '../engine/trace/events';
import type {
  PlaygroundChanges,
  PlaygroundConfig,
  PlaygroundPhase,
  PlugOptions,
  Rates,
  RecoverOptions,
  RecoveryResult,
} from './playground-api';
import { PlaygroundClient, visibleEntries } from './playground-client';
import { changedConfig, engineOptions, wrong } from './playground-config';
import { DIRECTORY, PlaygroundEnv } from './playground-env';
import { PlaygroundHistory } from './playground-history';
import { AcknowledgedWrites } from './playground-model';
import { RateMeter } from './playground-rates';
import { PlaygroundStalls } from './playground-stalls';
import { bytesOfStep, PlaygroundTally } from './playground-tally';
import { type Operation, OperationSource } from './playground-workload';
import type { RecordLimits } from './trace-recorder';

/** All files together may take this much memory. */
const MAX_DISK_BYTES = 512 << 20;
/** Of the clock, between two looks at rates and space. */
const SAMPLE_MS = 100;

/** CompactRange or a flush, asked for by hand. */
interface ManualWork {
  steps: Steps<void>;
  isBegun: boolean;
}

/**
 * A database, the client that works on it and the thread behind it, on a clock of their own: `tick` is a millisecond.
 * Nothing happens but by calls, and the same calls do the same.
 */
export class PlaygroundMachine {
  readonly env = new PlaygroundEnv();
  readonly model: AcknowledgedWrites;
  readonly client: PlaygroundClient;
  readonly tally: PlaygroundTally;
  readonly stalls = new PlaygroundStalls();
  readonly history: PlaygroundHistory;
  config: PlaygroundConfig;
  clock = 0;
  phase: PlaygroundPhase = 'open';
  stopped: 'space' | 'failure' | undefined;
  failure: string | undefined;
  recovery: RecoveryResult | undefined;
  database: Database | undefined;
  /** How often something was asked for by hand. */
  manualBegun = 0;
  private opening: Steps<Database> | undefined;
  private opened: EventOf<'open'> | undefined;
  private manual: ManualWork | undefined;
  private source: OperationSource;
  /** The next operation, while it waits. */
  private pending: Operation | undefined;
  private isDelayed = false;
  private operationsDue = 0;
  private backgroundDue = 0;
  private readonly meter = new RateMeter();

  constructor(config: PlaygroundConfig, limits?: RecordLimits) {
    this.config = config;
    this.model = new AcknowledgedWrites(config.workload.keys);
    this.client = new PlaygroundClient(this.env, this.model);
    this.tally = new PlaygroundTally(this.env);
    this.history = new PlaygroundHistory(limits);
    this.source = new OperationSource(config.workload, this.model);
    this.env.onLogsSynced = () => this.model.reachDisk();
    this.database = Database.openNow(this.env, DIRECTORY, this.options(false));
    this.meter.sample(0, this.totals());
  }

  /** Whether the background has something to do. */
  get hasWork(): boolean {
    return this.phase === 'recovering' || this.manual !== undefined || (this.database?.hasWork ?? false);
  }

  get isManual(): boolean {
    return this.manual !== undefined;
  }

  get rates(): Rates {
    return this.meter.rates(this.clock, this.totals());
  }

  /** Throws for a field that is wrong, and for another count of keys. */
  change(changes: PlaygroundChanges): void {
    const { workload, background } = changedConfig(this.config, changes);
    if (workload.keys !== this.model.keys) {
      throw wrong('workload.keys', 'it cannot change while the database is open');
    }
    this.config = { ...this.config, workload, background };
    if (!changes.workload) return;
    this.source = new OperationSource(workload, this.model);
    // A write that waits is a write of the workload before.
    this.pending = undefined;
    this.isDelayed = false;
    this.stalls.end();
    this.operationsDue = 0;
  }

  /** A millisecond, with at most so many operations. */
  tick(operations = Number.POSITIVE_INFINITY): void {
    this.clock++;
    this.stalls.tick();
    if (this.phase === 'open') this.operate(operations);
    if (this.phase === 'open' || this.phase === 'recovering') this.workFor(1);
    if (this.clock % SAMPLE_MS === 0) this.look();
  }

  /** So many operations with the time that they take; returns how many were done. */
  operations(count: number): number {
    const { client } = this;
    const before = client.done;
    const { operationsPerSecond } = this.config.workload;
    const end = this.clock + (1000 * count) / operationsPerSecond + MAX_WAIT_MS;
    while (this.phase === 'open' && !this.stopped && client.done - before < count && this.clock < end) {
      if (this.config.background.perSecond === 0 && this.isStuck()) break;
      this.tick(count - (client.done - before));
    }
    return client.done - before;
  }

  /** One step of the background or of recovery. Undefined if there is nothing to do. */
  stepBackground(): TraceEvent | undefined {
    if (this.phase === 'recovering') return this.stepRecovery();
    if (this.phase !== 'open') return undefined;
    const event = this.stepWork();
    this.noticeFailure();
    this.forget();
    return event;
  }

  /** Everything that is due in the background, at once. */
  settle(): void {
    while (this.phase === 'open' && this.hasWork && this.stepBackground());
  }

  compact(from?: Uint8Array, to?: Uint8Array): void {
    this.beginManual((database) => database.compactRange(from, to, { alone: true }));
  }

  flush(): void {
    this.beginManual((database) => database.flush());
  }

  /** The database is gone as it stands: nothing is closed. */
  pullPlug(options: PlugOptions): void {
    if (this.phase === 'off') throw wrong('phase', 'the plug is pulled already');
    this.env.powerCut(powerCut(options));
    this.drop();
    this.phase = 'off';
    this.failure = undefined;
    this.stopped = undefined;
  }

  recover({ stepped = false, paranoid = false }: RecoverOptions): void {
    if (this.phase !== 'off' && this.phase !== 'failed') {
      throw wrong('phase', 'only what the plug was pulled of, or what failed, is recovered');
    }
    // Of a database that failed the files are let go first, as its process would.
    if (this.database) {
      this.database.close();
      this.drop();
    }
    this.opening = Database.open(this.env, DIRECTORY, this.options(paranoid));
    this.phase = 'recovering';
    this.failure = undefined;
    this.stopped = undefined;
    this.recovery = undefined;
    this.backgroundDue = 0;
    if (!stepped) while (this.phase === 'recovering') this.stepRecovery();
  }

  close(): void {
    // A database in memory needs no more.
    this.drop();
  }

  private options(paranoid: boolean) {
    return { ...engineOptions(this.config, paranoid), trace: this.listen };
  }

  private readonly listen = (event: TraceEvent): void => {
    if (event.type === 'open') this.opened = event;
    this.tally.listen(event);
    this.history.listen(event);
  };

  private drop(): void {
    this.database = undefined;
    this.opening = undefined;
    this.manual = undefined;
    this.pending = undefined;
    this.isDelayed = false;
    this.operationsDue = 0;
    this.backgroundDue = 0;
    this.stalls.end();
  }

  private operate(most: number): void {
    const perTick = this.config.workload.operationsPerSecond / 1000;
    this.operationsDue += perTick;
    for (let done = 0; this.operationsDue >= 1 && done < most; done++) {
      if (!this.tryOperation()) {
        // It is tried again with each tick; who waited does not make up for it.
        this.operationsDue = Math.max(0, 1 - perTick);
        return;
      }
      this.operationsDue--;
    }
    // What a caller did not want now is not done later.
    if (this.operationsDue >= 1) this.operationsDue = 0;
  }

  /** False if it has to wait. */
  private tryOperation(): boolean {
    const { database, stalls, config } = this;
    if (!database || this.stopped) return false;
    this.pending ??= this.source.next();
    const { pending } = this;
    const isWrite = pending.kind === 'put' || pending.kind === 'overwrite' || pending.kind === 'delete';
    const why = isWrite ? database.stall({ isDelayed: this.isDelayed }) : undefined;
    if (why) {
      if (stalls.begin(why, this.clock)) {
        this.listen({ type: 'stall', why, level0Files: database.version.levels[0].length });
      }
      // Until the next tick: that is LevelDB's millisecond.
      if (why === 'slow down') this.isDelayed = true;
      return false;
    }
    try {
      this.client.perform(database, pending, config.workload, this.isDelayed);
    } catch (error) {
      if (!(error instanceof LsmError || error instanceof EnvError)) throw error;
      this.fail(error);
      return false;
    }
    stalls.end();
    this.pending = undefined;
    this.isDelayed = false;
    return true;
  }

  /** A write that waits for a background that does not go on. */
  private isStuck(): boolean {
    return this.stalls.why !== undefined && this.database?.stall({ isDelayed: true }) !== undefined;
  }

  private workFor(milliseconds: number): void {
    const { unit, perSecond } = this.config.background;
    this.backgroundDue += (perSecond * milliseconds) / 1000;
    while (this.backgroundDue > 0) {
      const event = this.stepBackground();
      if (!event) {
        // Who has nothing to do saves nothing up.
        this.backgroundDue = 0;
        return;
      }
      this.backgroundDue -= unit === 'steps' ? 1 : bytesOfStep(event);
    }
  }

  private stepWork(): TraceEvent | undefined {
    const { database, manual } = this;
    if (!database) return undefined;
    if (!manual) return database.step();
    // It needs a new memtable, and would do all that this one waits for.
    if (!manual.isBegun && database.stall({ force: true })) return database.step();
    try {
      let step = manual.steps.next();
      // The first step only says what is asked for: the memtable is switched by the next one.
      if (!step.done && step.value.type === 'compact-range') step = manual.steps.next();
      manual.isBegun = true;
      if (!step.done) return step.value;
    } catch (error) {
      this.manual = undefined;
      if (!(error instanceof LsmError || error instanceof EnvError)) throw error;
      this.fail(error);
      return undefined;
    }
    this.manual = undefined;
    return database.step();
  }

  private beginManual(work: (database: Database) => Steps<void>): void {
    if (this.phase !== 'open' || !this.database) throw wrong('phase', 'no database is open');
    if (this.manual) throw wrong('phase', 'a compaction or flush by hand is under way');
    this.manualBegun++;
    this.manual = { steps: work(this.database), isBegun: false };
  }

  private stepRecovery(): TraceEvent | undefined {
    const { opening } = this;
    if (!opening) return undefined;
    try {
      const step = opening.next();
      if (!step.done) return step.value;
      this.opening = undefined;
      this.database = step.value;
      this.phase = 'open';
      this.recovery = this.model.recover(visibleEntries(step.value, this.env));
    } catch (error) {
      if (!(error instanceof LsmError || error instanceof EnvError)) throw error;
      this.opening = undefined;
      this.fail(error);
    }
    return undefined;
  }

  private noticeFailure(): void {
    const failure = this.database?.failure;
    if (failure) this.fail(failure);
  }

  private fail(error: Error): void {
    this.phase = 'failed';
    this.stopped = 'failure';
    this.failure = error.message;
    this.stalls.end();
  }

  private look(): void {
    this.meter.sample(this.clock, this.totals());
    if (this.phase !== 'open') return;
    if (this.env.space().disk > MAX_DISK_BYTES) this.stopped = 'space';
    // Reads alone fill it, too.
    this.forget();
  }

  private totals(): Rates {
    const { client, env } = this;
    const { user, log, flush, compaction, manifest, readByUser, readByBackground } = env.counts;
    return {
      ...client.counts.operations,
      operations: client.done,
      userBytes: user,
      writtenBytes: log + flush + compaction + manifest,
      readBytes: readByUser + readByBackground,
    };
  }

  /** Begins the history anew when it is full and nothing is under way that a new one would not tell of. */
  private forget(): void {
    const { history, database, opened } = this;
    if (!history.isFull || !database || !opened) return;
    const { phase, seekDue } = history.end;
    if (phase !== 'idle' || seekDue || this.manual || database.memtableSizes.length > 1) return;
    const { nextFileNumber, logNumber, lastSequence, manifestNumber } = database.counters;
    const { version } = database;
    history.beginAnew([
      opened,
      { type: 'current', manifest: manifestFileName(manifestNumber) },
      {
        type: 'manifest-end',
        manifest: manifestFileName(manifestNumber),
        edits: 0,
        nextFileNumber,
        logNumber,
        prevLogNumber: 0,
        lastSequence,
        levels: version.levels.map((files) => [...files]),
        scores: bestScore(version, opened.options.limits).scores,
        reused: true,
      },
      { type: 'open-end', lastSequence, logFile: database.memtableSizes[0].log ?? '' },
    ]);
  }
}

/** How long `operations` waits for a background that is slow. */
const MAX_WAIT_MS = 60_000;

function powerCut(options: PlugOptions): PowerCut {
  if (options.keep === 'synced') return STRICT_POWER_CUT;
  const random = new Random(options.seed);
  const some = (limit: number) => random.uniform(limit);
  return { bytes: some, names: some };
}
