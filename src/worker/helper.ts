// The entry of a helper: a thread that does a part of one job beside who asked for it, and ends; or what a database
// does in the background, until it is ended.

import { workerData } from 'node:worker_threads';
import { Inspection } from '../engine/db/inspection';
import { helpDigest } from '../engine/db/shared-digest';
import { NodeReadableEnv, nodeInflate } from '../engine/env/node';
import { shareKernel } from '../engine/kernel/kernel';
import { helpVerify } from '../engine/recovery/verify-help';
import { serveBackground } from './background-service';
import type { HelperJob, HelperStart } from './helper-threads';

const { kernel, helper, job } = workerData as HelperStart;
shareKernel(kernel);
if ('background' in job) serveBackground(job.background, job.up);
else help(job);

function help(part: Exclude<HelperJob, { background: unknown }>): void {
  const { directory } = 'verify' in part ? part.verify : part.digest;
  const inspection = Inspection.open(new NodeReadableEnv(), directory, { inflate: nodeInflate });
  try {
    if ('verify' in part) helpVerify(inspection, part.verify);
    else helpDigest(inspection, part.digest, helper);
  } finally {
    inspection.close();
  }
}
