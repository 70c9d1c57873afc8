// The entry of a helper: a thread that does a part of one job beside who asked for it, and ends; or what a database
// does in the background, until it is ended.

import { workerData } from 'node:worker_threads';
import { Inspection } from '../engine/db/inspection';
import { helpDiff } from '../engine/db/shared-diff';
import { helpDigest } from '../engine/db/shared-digest';
import { helpLines } from '../engine/db/shared-lines';
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
  if ('verify' in part)
    looking([part.verify.directory], ([inspection]) => helpVerify(inspection, part.verify));
  else if ('digest' in part) looking(part.digest.directories, (all) => helpDigest(all, part.digest, helper));
  else if ('lines' in part) looking(part.lines.directories, (all) => helpLines(all, part.lines, helper));
  else looking(part.diff.directories, (all) => helpDiff(all, part.diff, helper));
}

function looking(directories: readonly string[], use: (inspections: Inspection[]) => void): void {
  const env = new NodeReadableEnv();
  const inspections: Inspection[] = [];
  try {
    for (const directory of directories)
      inspections.push(Inspection.open(env, directory, { inflate: nodeInflate }));
    use(inspections);
  } finally {
    for (const inspection of inspections) inspection.close();
  }
}
