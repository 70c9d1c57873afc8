import { basename, resolve } from 'node:path';
import { NodeReadableEnv } from '../engine/env/node';
import { isInside } from '../engine/env/node-paths';
import { LEVELS } from '../engine/manifest/version-edit';
import { LsmError } from '../engine/problem';
import { eventText } from '../engine/trace/event-text';
import type { EventOf } from '../engine/trace/events';
import type { Replay } from '../engine/trace/replay/replay';
import { eventLine, headerLine, type TraceHeader } from '../engine/trace/trace-file';
import type { AppliedChange, WriteOptions } from './change-api';
import { ExportFile } from './export-file';
import { HeldDryRun } from './held-dry-run';
import type { JobOf, JobsOf } from './job';
import { ReadingSession, ReplayReading } from './replay-reading';
import type {
  LeftOut,
  LevelShape,
  RecordOptions,
  RecoveryComparison,
  TraceCalls,
  TraceJobs,
  TraceReading,
  TraceRequest,
  TraceSource,
  TraceSummary,
} from './trace-api';
import { compareRecoveries } from './trace-compare';
import { failureOf } from './trace-frame';
import { readTrace } from './trace-reading';
import { TraceRecorder } from './trace-recorder';
import { recordOn } from './trace-recording';

/** So many events are written between two looks at the clock. */
const EVENTS_A_STEP = 256;

interface OpenTrace {
  replay: Replay;
  source: TraceSource;
  leftOut: LeftOut[];
  /** Undefined for a trace without an event of opening. */
  header: TraceHeader | undefined;
  reading: ReplayReading;
  /** What `apply` would do. */
  held: HeldDryRun | undefined;
}

/** One trace, in the worker's thread: recorded on a dry run, or read from a file. */
export class TraceSession extends ReadingSession implements TraceCalls {
  private readonly env = new NodeReadableEnv();
  private opened: OpenTrace | undefined;
  private isWorking = false;

  readonly jobs: JobsOf<TraceJobs> = {
    record: (directory, request, options) => this.alone(this.record(directory, request, options)),
    openFile: (path) => this.alone(this.openFile(path)),
    save: (path) => this.alone(this.write(path, true)),
    exportText: (path) => this.alone(this.write(path, false)),
    apply: (label, options) => this.alone(this.apply(label, options)),
    compare: (directory, options) => this.compare(directory, options),
  };

  summary(): TraceSummary {
    const { replay, source, leftOut, reading, held, header } = this.present();
    const { events, length, index } = replay;
    const end = replay.at(length);
    const found = end.foundVersionId;
    const shape = (versionId: number): LevelShape[] =>
      Array.from({ length: LEVELS }, (_, level) => ({
        files: index.tables.filesOf(versionId, level),
        bytes: index.tables.bytesOf(versionId, level),
      }));
    const [opening] = index.range('open', 0, length, 1);
    const open = opening === undefined ? undefined : (events[opening] as EventOf<'open'>);
    return {
      title: basename(source.kind === 'file' ? source.path : source.directory),
      source,
      options: header?.options ?? open?.options,
      grain: header?.grain ?? open?.grain ?? 'files',
      events: length,
      leftOut,
      levelsBefore: shape(found ?? 0),
      levelsAfter: shape(end.versionId),
      ticks: reading.ticks(),
      error: failureOf(end),
      applicable: held !== undefined,
    };
  }

  protected get reading(): TraceReading {
    return this.present().reading;
  }

  discard(): void {
    this.opened?.held?.end();
    this.opened = undefined;
  }

  private *record(directory: string, request: TraceRequest, options: RecordOptions): JobOf<TraceSummary> {
    this.discard();
    const held = new HeldDryRun(this.env, directory, options.spill);
    let isKept = false;
    try {
      const recorder = new TraceRecorder();
      const isDone = yield* recordOn(held, request, options, recorder);
      const { replay, leftOut } = recorder;
      const open = replay.events.find((event) => event.type === 'open');
      const header = open && {
        engine: `lsm-inspector ${__LSM_VERSION__}`,
        grain: open.grain,
        options: open.options,
        database: held.dryRun.fingerprint,
        dryRun: true,
        leftOut: leftOut.length > 0 ? leftOut : undefined,
      };
      const source = { kind: 'recorded', directory: resolve(directory), request, options } as const;
      isKept = isDone;
      this.take(replay, source, leftOut, header, isDone ? held : undefined);
      return this.summary();
    } finally {
      if (!isKept) held.end();
    }
  }

  private *openFile(path: string): JobOf<TraceSummary> {
    const { header, replay } = yield* readTrace(path);
    this.discard();
    const open = replay.events.find((event) => event.type === 'open');
    const { engine, dryRun } = header;
    const source: TraceSource = { kind: 'file', path, engine, dryRun, directory: open?.directory };
    this.take(replay, source, header.leftOut ?? [], header, undefined);
    return this.summary();
  }

  private take(
    replay: Replay,
    source: TraceSource,
    leftOut: LeftOut[],
    header: TraceHeader | undefined,
    held: HeldDryRun | undefined,
  ): void {
    this.opened = { replay, source, leftOut, header, reading: new ReplayReading(replay), held };
  }

  /** The trace as a file that `openFile` reads, or as text for people. It appears under its name when it is whole. */
  private *write(path: string, isTrace: boolean): JobOf<{ events: number; bytes: number }> {
    const { replay, source, header } = this.present();
    const { directory } = source;
    if (directory !== undefined && isInside(path, directory)) {
      throw new LsmError('Invalid argument', 'invalid-argument', `${path} lies in the database's own folder`);
    }
    if (!header) throw new LsmError('Invalid argument', 'invalid-argument', 'the trace has no beginning');
    const file = new ExportFile(path);
    let isWhole = false;
    let bytes = 0;
    const line = (text: string) => {
      bytes += Buffer.byteLength(text) + 1;
      file.line(text);
    };
    try {
      if (isTrace) line(headerLine(header));
      else line(`${directory ?? path}: ${replay.length} events`);
      for (const [i, event] of replay.events.entries()) {
        line(
          isTrace
            ? eventLine(event)
            : `${String(i + 1).padStart(7)}  ${event.type.padEnd(20)} ${eventText(event)}`,
        );
        if (i % EVENTS_A_STEP === 0) yield { detail: path, done: i, total: replay.length };
      }
      file.close();
      isWhole = true;
      return { events: replay.length, bytes };
    } finally {
      if (!isWhole) file.discard();
    }
  }

  private *apply(label: string, options: WriteOptions): JobOf<AppliedChange> {
    const opened = this.present();
    const { held } = opened;
    if (!held) throw new LsmError('Invalid argument', 'invalid-argument', 'there is no dry run');
    const account = yield* held.apply(label, options);
    opened.held = undefined;
    return account;
  }

  private *compare(directory: string, { spill }: { spill?: string }): JobOf<RecoveryComparison> {
    const held = new HeldDryRun(this.env, directory, spill);
    try {
      return yield* compareRecoveries(held, resolve(directory));
    } finally {
      held.end();
    }
  }

  /** One at a time: the next one would take the trace away under it. */
  private *alone<Result>(job: JobOf<Result>): JobOf<Result> {
    if (this.isWorking) throw new LsmError('Invalid argument', 'invalid-argument', 'a trace is under way');
    this.isWorking = true;
    try {
      return yield* job;
    } finally {
      this.isWorking = false;
    }
  }

  private present(): OpenTrace {
    if (!this.opened) throw new LsmError('Invalid argument', 'invalid-argument', 'there is no trace');
    return this.opened;
  }
}

declare const __LSM_VERSION__: string;
