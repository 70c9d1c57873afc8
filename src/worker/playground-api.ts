// What the worker of a playground can be asked. What the page sees of it is webview/protocol/playground.ts.

import type { PlaygroundControl } from '../../webview/protocol/playground';
import type { TraceReading } from '../../webview/protocol/trace';

export type * from '../../webview/protocol/playground';

export interface PlaygroundCalls extends PlaygroundControl, TraceReading {
  close(): void;
}

// biome-ignore lint/complexity/noBannedTypes: no jobs yet
export type PlaygroundJobs = {};
