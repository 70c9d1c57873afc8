import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { doCompactionJob } from '../engine/db/compaction-job';
import { doFlushJob } from '../engine/db/flush-job';
import { WorkBoard } from '../engine/db/work-board';
import { nodeInflate } from '../engine/env/node';
import { NodeWritableEnv } from '../engine/env/node-writable';
import type { SentJob, SentOutcome } from './background-worker';

const env = new NodeWritableEnv();

/** The thread's end of BackgroundWorker: does the jobs that come through a port, and in the midst of a compaction a flush. `up` is set to 1. */
export function serveBackground(port: MessagePort, up: SharedArrayBuffer): void {
  const serve = ({ id, job, board: memory }: SentJob) => {
    const board = new WorkBoard(memory);
    if (!board.begin()) return;
    const outcome =
      'flush' in job
        ? doFlushJob(env, job.flush, board)
        : doCompactionJob(env, job.compaction, board, nodeInflate, () => {
            const urgent = receiveMessageOnPort(port);
            if (urgent) serve(urgent.message);
          });
    const sent: SentOutcome = { id, outcome };
    port.postMessage(sent);
    // Behind what it came to: then that is there when it is looked for.
    board.finish();
  };
  port.on('message', serve);
  Atomics.store(new Int32Array(up), 0, 1);
}
