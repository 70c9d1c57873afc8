// The entry of a helper: a thread that does a part of one job beside who asked for it, and ends; or what a database
// does in the background, until it is ended.

import { workerData } from 'node:worker_threads';
import { Inspection } from '../engine/db/inspection';
import { helpParts } from '../engine/db/shared-parts';
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
  const directories = 'verify' in part ? [part.verify.directory] : part.parts.directories;
  const env = new NodeReadableEnv();
  // All of this ends with the thread.
  const inspections = directories.map((directory) =>
    Inspection.open(env, directory, { inflate: nodeInflate }),
  );
  if ('verify' in part) helpVerify(inspections[0], part.verify);
  else helpParts(inspections, part.parts, helper);
  for (const inspection of inspections) inspection.close();
}
