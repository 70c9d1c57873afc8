// The entry of a helper: a thread that does a part of one job beside who asked for it, and ends.

import { workerData } from 'node:worker_threads';
import { Inspection } from '../engine/db/inspection';
import { helpDigest } from '../engine/db/shared-digest';
import { NodeReadableEnv, nodeInflate } from '../engine/env/node';
import { shareKernel } from '../engine/kernel/kernel';
import { helpVerify } from '../engine/recovery/verify-help';
import type { HelperStart } from './helper-threads';

const { kernel, helper, job } = workerData as HelperStart;
shareKernel(kernel);
const { directory } = 'verify' in job ? job.verify : job.digest;
const inspection = Inspection.open(new NodeReadableEnv(), directory, { inflate: nodeInflate });
try {
  if ('verify' in job) helpVerify(inspection, job.verify);
  else helpDigest(inspection, job.digest, helper);
} finally {
  inspection.close();
}
