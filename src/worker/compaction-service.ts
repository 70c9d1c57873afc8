import type { MessagePort } from 'node:worker_threads';
import { CompactionBoard } from '../engine/db/compaction-board';
import { doCompactionJob } from '../engine/db/compaction-job';
import { nodeInflate } from '../engine/env/node';
import { NodeWritableEnv } from '../engine/env/node-writable';
import type { SentCompaction } from './compaction-thread';

/** The thread's end of CompactionThread: does one compaction after the other as they come through a port. */
export function serveCompactions(port: MessagePort): void {
  const env = new NodeWritableEnv();
  port.on('message', ({ job, memory }: SentCompaction) => {
    const board = new CompactionBoard(memory);
    // Before it is done: then it is there when it is looked for.
    port.postMessage(doCompactionJob(env, job, board, nodeInflate));
    board.finish();
  });
}
