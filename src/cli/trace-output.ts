import { lstatSync, rmSync } from 'node:fs';
import type { DatabaseFingerprint } from '../engine/db/fingerprint';
import type { WritableFile } from '../engine/env/env';
import { isInside } from '../engine/env/node-paths';
import { NodeWritableEnv } from '../engine/env/node-writable';
import type { TraceEvent, TraceGrain } from '../engine/trace/events';
import { eventLine, headerLine } from '../engine/trace/trace-file';
import { UsageError } from './exit';
import type { Arguments, OptionSpecs } from './options';

export const traceOptions: OptionSpecs = {
  trace: { value: 'FILE', help: 'write what happens, step by step, as JSON lines' },
  'trace-entries': { help: 'with --trace: single entries too, kept or dropped and why' },
};

/** The trace that was asked for with --trace, if it was. */
export class TraceOutput {
  readonly grain: TraceGrain;
  private readonly path: string | undefined;
  private readonly file: WritableFile | undefined;
  private readonly about: { database: DatabaseFingerprint | undefined; dryRun: boolean };
  private readonly encoder = new TextEncoder();
  private hasHeader = false;

  /** Throws a UsageError for a file in the database's own folder, EnvError if it cannot be written. */
  constructor(args: Arguments, directory: string, about: TraceOutput['about']) {
    this.about = about;
    this.path = args.text('trace');
    const isDetailed = args.has('trace-entries');
    this.grain = isDetailed ? 'entries' : 'files';
    if (this.path === undefined) {
      if (isDetailed) throw new UsageError('--trace-entries says what --trace FILE writes');
      return;
    }
    if (isInside(this.path, directory)) {
      throw new UsageError(`--trace: ${this.path} lies in the database's own folder`);
    }
    this.file = new NodeWritableEnv().create(this.path);
  }

  /** Undefined if nobody asked. The first event must be that of opening: the header tells its options. */
  get listener(): ((event: TraceEvent) => void) | undefined {
    return this.file && ((event) => this.write(event));
  }

  private write(event: TraceEvent): void {
    if (!this.hasHeader && event.type === 'open') {
      this.hasHeader = true;
      const { grain, options } = event;
      const engine = `lsm-inspector ${__LSM_VERSION__}`;
      this.line(headerLine({ engine, grain, options, leftOut: undefined, ...this.about }));
    }
    this.line(eventLine(event));
  }

  close(): void {
    this.file?.close();
  }

  /** Takes back a trace that came to no end. A pipe or device is let be. */
  discard(): void {
    const { path } = this;
    try {
      this.file?.close();
    } finally {
      if (path !== undefined && this.file && lstatSync(path, { throwIfNoEntry: false })?.isFile()) {
        rmSync(path, { force: true });
      }
    }
  }

  private line(text: string): void {
    this.file?.append(this.encoder.encode(`${text}\n`));
  }
}

declare const __LSM_VERSION__: string;
