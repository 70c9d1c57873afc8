// What the extension's panel would be: the view, and a real trace behind it, in this process.

import type { TraceSession } from '../../src/worker/trace-session';
import type {
  TracePageCalls,
  TracePhase,
  TraceReading,
  TraceView,
  WhatIf,
} from '../../webview/protocol/trace';
import type { WireAnswer } from './trace-wire';
import { type Recording, runJob, type TraceName, type Traces } from './traces';

const READS = new Set<keyof TraceReading>([
  'frame',
  'tables',
  'events',
  'rowOf',
  'eventJson',
  'find',
  'nextOf',
  'landmarks',
  'tableDetails',
  'blocks',
  'entries',
]);

/** A panel of one page. It applies nothing: it says that it did. */
export class FakeTracePanel {
  readonly name: TraceName;
  readonly session: TraceSession;
  /** Everything that it was asked, by the calls' names. */
  readonly asked: string[] = [];
  readonly opened: { name: string; offset: number | undefined }[] = [];
  phase: TracePhase = 'ready';
  mayApply: boolean;
  failure: TraceView['failure'];
  events: WireAnswer['events'] = [];
  private readonly traces: Traces;
  private readonly recording: Recording | undefined;
  private run = 1;
  private account: string[] = [];
  private whatIf: WhatIf;

  constructor(traces: Traces, name: TraceName, query: URLSearchParams) {
    this.traces = traces;
    this.name = name;
    const { session, recording } = traces.make(name);
    this.session = session;
    this.recording = recording;
    this.whatIf = recording?.options ?? {};
    this.mayApply = !query.has('restricted');
    this.phase = (query.get('phase') as TracePhase | null) ?? 'ready';
    if (this.phase === 'failed')
      this.failure = { message: 'the lock is held by process 4711', advice: 'Close it.' };
  }

  answer(method: string, params: unknown[]): unknown {
    this.asked.push(method);
    if (READS.has(method as keyof TraceReading)) {
      const read = this.session[method as keyof TraceReading] as (...values: unknown[]) => unknown;
      return read.apply(this.session, params);
    }
    const calls: Partial<Record<keyof TracePageCalls, () => unknown>> = {
      open: () => this.view(),
      record: () => this.record(params[0] as WhatIf),
      save: () => true,
      exportText: () => true,
      compare: () => runJob(this.session.jobs.compare(this.recording!.directory, {})),
      apply: () => this.applied(true),
      discard: () => undefined,
      restore: () => this.applied(false),
      revealBackup: () => undefined,
      openFile: () => {
        this.opened.push({ name: params[0] as string, offset: params[1] as number | undefined });
      },
    };
    const call = calls[method as keyof TracePageCalls];
    if (!call) throw new Error(`no call ${method}`);
    return call();
  }

  private view(): TraceView {
    const { phase, run, failure, whatIf, mayApply, account, recording } = this;
    const summary = phase === 'recording' ? undefined : this.session.summary();
    return {
      title: recording?.request.kind === 'recover' ? 'Recovery' : 'Compaction of everything',
      path: recording?.directory ?? '/somewhere/made.lsmtrace',
      phase,
      run,
      progress:
        phase === 'recording'
          ? { detail: 'level 0', done: 30, total: 100 }
          : { detail: '', done: 0, total: 0 },
      failure,
      summary,
      whatIf,
      mayApply,
      account,
    };
  }

  private record(whatIf: WhatIf): void {
    if (!this.recording) throw new Error('this trace is from a file');
    this.whatIf = whatIf;
    this.traces.record(this.session, { ...this.recording, options: whatIf });
    this.run++;
    this.phase = 'ready';
    this.account = [];
    this.events.push({ name: 'changed', value: {} });
  }

  private applied(isSo: boolean): void {
    this.phase = isSo ? 'applied' : 'ready';
    this.account = isSo ? ['3 files were written.', 'The backup is in /somewhere.lsm-backup.'] : [];
    this.events.push({ name: 'changed', value: {} });
  }
}
