// Traces to look at: recorded on the fixtures, on damage that is made in a copy, read from a file, or made up.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobOf } from '../../src/worker/job';
import type { RecordOptions, TraceRequest } from '../../src/worker/trace-api';
import { TraceSession } from '../../src/worker/trace-session';
import { sharedFixtures } from '../helpers/fixtures';
import { longTrace, takeEvents } from './long-trace';
import { workAndReads } from './work-trace';

export type TraceName =
  /** Everything of s-over compacted. */
  | 'compaction'
  /** The same, entry by entry. */
  | 'entries'
  /** What s-rand would do with low limits. */
  | 'auto'
  | 'recovery'
  /** Of a database with damage in a log. */
  | 'damaged'
  /** Of a database whose MANIFEST is damaged. */
  | 'broken'
  /** `compaction`, from a file. */
  | 'file'
  /** Of a database that lacks a table. */
  | 'missing'
  /** Of a database at work: writes, stalls, seeks. */
  | 'work'
  /** A million events, 5,000 tables in a level. */
  | 'long';

/** What is recorded, and on which folder; undefined for traces that are not recorded here. */
export interface Recording {
  directory: string;
  request: TraceRequest;
  options: RecordOptions;
}

/** Runs a job to its end. */
export function runJob<Result>(job: JobOf<Result>): Result {
  for (;;) {
    const step = job.next();
    if (step.done) return step.value;
  }
}

/** Makes traces, and the folders that they are made of. */
export class Traces {
  readonly folder = mkdtempSync(join(tmpdir(), 'lsm-trace-page-'));
  private copies = 0;
  private long: TraceSession | undefined;

  /** A session with the trace in it. */
  make(name: TraceName): { session: TraceSession; recording: Recording | undefined } {
    if (name === 'long') {
      this.long ??= takeEvents(longTrace(1_000_000));
      return { session: this.long, recording: undefined };
    }
    if (name === 'work') return { session: takeEvents(workAndReads()), recording: undefined };
    const session = new TraceSession();
    const recording = this.recordingOf(name);
    this.record(session, recording);
    if (name !== 'file') return { session, recording };
    const path = join(this.folder, `${++this.copies}.lsmtrace`);
    runJob(session.jobs.save(path));
    runJob(session.jobs.openFile(path));
    return { session, recording: undefined };
  }

  record(session: TraceSession, { directory, request, options }: Recording): void {
    runJob(session.jobs.record(directory, request, { spill: join(this.folder, 'spill'), ...options }));
  }

  end(): void {
    this.long?.discard();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private recordingOf(name: Exclude<TraceName, 'long' | 'work'>): Recording {
    const options: RecordOptions = {};
    switch (name) {
      case 'compaction':
      case 'file':
        return { directory: join(sharedFixtures, 's-over'), request: { kind: 'compact' }, options };
      case 'entries':
        return {
          directory: join(sharedFixtures, 's-over'),
          request: { kind: 'compact' },
          options: { grain: 'entries' },
        };
      case 'auto':
        return {
          directory: join(sharedFixtures, 's-rand'),
          request: { kind: 'compact-auto' },
          options: { limits: { level0Files: 1, level1Bytes: 1 << 17 } },
        };
      case 'recovery':
        return { directory: join(sharedFixtures, 's-rand'), request: { kind: 'recover' }, options };
      case 'damaged':
        return { directory: this.damaged('s-rand', /\.log$/), request: { kind: 'recover' }, options };
      case 'missing': {
        const directory = this.copyOf('s-over');
        rmSync(largest(directory, /\.ldb$/));
        return { directory, request: { kind: 'recover' }, options };
      }
      case 'broken':
        return { directory: this.damaged('s-over', /^MANIFEST-/), request: { kind: 'recover' }, options };
    }
  }

  /** A copy with a byte changed in the middle of the largest file of a kind. */
  private damaged(fixture: string, files: RegExp): string {
    const directory = this.copyOf(fixture);
    const path = largest(directory, files);
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 0x40;
    rmSync(path);
    writeFileSync(path, bytes);
    return directory;
  }

  private copyOf(fixture: string): string {
    const directory = join(this.folder, `${fixture}-${++this.copies}`);
    cpSync(join(sharedFixtures, fixture), directory, { recursive: true });
    return directory;
  }
}

/** The largest of a folder's files with such a name. */
function largest(directory: string, files: RegExp): string {
  const [path] = readdirSync(directory)
    .filter((name) => files.test(name))
    .map((name) => join(directory, name))
    .sort((a, b) => statSync(b).size - statSync(a).size);
  return path!;
}
