// What crosses between a worker and its client.

import type { JobProgress } from './api';

/** What a worker holds open; its bundle has this name. */
export type SessionKind = 'database' | 'table' | 'log' | 'manifest' | 'change' | 'trace' | 'playground';

export interface CallMessage {
  id: number;
  method: string;
  params: unknown[];
  /** Of a job: a 32-bit integer that the client sets to 1 to cancel. A busy worker hears no message. */
  cancel?: SharedArrayBuffer;
}

/** A failure, flattened: errors lose their fields when they are cloned. */
export interface Failure {
  message: string;
  /** `LsmError`'s or `EnvError`'s code, `unwritten-compression`, `cancelled`, or `internal`. */
  code: string;
  file?: string;
  offset?: number | bigint;
}

export type AnswerMessage =
  | { id: number; kind: 'value'; value: unknown }
  | { id: number; kind: 'failure'; failure: Failure }
  | { id: number; kind: 'progress'; progress: JobProgress };
