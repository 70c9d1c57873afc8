import { ChangeSession } from './change-session';
import { LogSession } from './log-session';
import { ManifestSession } from './manifest-session';
import type { SessionKind } from './messages';
import { PlaygroundSession } from './playground-session';
import { Session } from './session';
import { TableSession } from './table-session';
import { TraceSession } from './trace-session';

/** What a worker's thread serves: its methods are the calls, and `jobs` has the jobs. */
export interface WorkerSession {
  readonly jobs: object;
}

/** A session with nothing open yet. `helperScript` is the bundle of the helpers. */
export function startSession(kind: SessionKind, helperScript: string): WorkerSession {
  switch (kind) {
    case 'database':
      return new Session({ helperScript });
    case 'change':
      return new ChangeSession();
    case 'log':
      return new LogSession();
    case 'manifest':
      return new ManifestSession();
    case 'playground':
      return new PlaygroundSession();
    case 'table':
      return new TableSession();
    case 'trace':
      return new TraceSession();
  }
}
