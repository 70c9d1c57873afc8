// The entry of a helper: a thread that does a part of one job beside who asked for it, and ends.

import { workerData } from 'node:worker_threads';
import { Inspection } from '../engine/db/inspection';
import { NodeReadableEnv, nodeInflate } from '../engine/env/node';
import { shareKernel } from '../engine/kernel/kernel';
import { helpVerify } from '../engine/recovery/verify-help';
import type { HelperStart } from './helper-threads';

const { kernel, verify } = workerData as HelperStart;
shareKernel(kernel);
const inspection = Inspection.open(new NodeReadableEnv(), verify.directory, { inflate: nodeInflate });
try {
  helpVerify(inspection, verify);
} finally {
  inspection.close();
}
