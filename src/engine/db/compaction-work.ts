import { copyOf } from '../bytes/copy';
import { EntryFilter } from '../compaction/merge';
import type { DropReason, KeepReason, Steps } from '../trace/events';
import { CompactionInput } from './compaction-input';
import { mergeInKernel, SLICE } from './compaction-kernel';
import type { CompactionOutputs } from './compaction-outputs';
import { TableRuns } from './table-runs';

const IGNORE = () => {};

const NOWHERE = { table: undefined, offset: undefined };

/**
 * Merges the inputs of a compaction into durable tables of the next level (the loop of DBImpl::DoCompactionWork). Throws what
 * reading and writing throw; `outputs.abandon` is the caller's.
 */
export function* mergeInputs(outputs: CompactionOutputs): Steps<void> {
  const { host, compaction, inputBlocks } = outputs;
  const { comparator } = compaction.version;
  const runs = new TableRuns(host.tables, comparator, false, inputBlocks.begin);
  for (const [which, files] of compaction.inputs.entries()) runs.add(compaction.level + which, files);
  const input = new CompactionInput(comparator, runs.cursors);
  try {
    yield* merge(outputs, input);
  } finally {
    input.close();
    runs.close();
  }
}

function* merge(outputs: CompactionOutputs, input: CompactionInput): Steps<void> {
  const { host, compaction, blocks } = outputs;
  const { smallestSnapshot, isDetailed } = host;
  const filter = new EntryFilter(compaction, smallestSnapshot);
  const shape = host.newTableBuilder(IGNORE).blockShape();
  const { maxFileBytes } = compaction.limits;
  input.seekToFirst(isDetailed, shape && { shape, smallestSnapshot, maxFileBytes });
  if (blocks.length > 0) yield* blocks.splice(0);
  const { inKernel } = input;
  const isBegun = inKernel ? yield* mergeInKernel(outputs, input, inKernel, filter) : false;
  yield* mergeByEntry(outputs, input, filter, isBegun);
  if (input.error) throw input.error;
  yield* outputs.finish(undefined, 'end of input');
  outputs.sync();
}

/** `isBegun`: what is done before an entry was done for the first one. */
function* mergeByEntry(
  outputs: CompactionOutputs,
  input: CompactionInput,
  filter: EntryFilter,
  isBegun: boolean,
): Steps<void> {
  const { host, compaction, inputBlocks, blocks } = outputs;
  for (let isFirst = true; input.valid; isFirst = false) {
    if ((!isFirst || !isBegun) && host.hasUrgentWork) yield* host.urgentWork();
    const { keyBuffer, keyStart, keyEnd, valueStart, valueEnd } = input;
    if (compaction.shouldStopBefore(keyBuffer, keyStart, keyEnd) && outputs.current !== undefined) {
      yield* outputs.finish(input.error, 'grandparent overlap');
    }
    const { keep, why, by } = filter.judge(input);
    outputs.count(keep, why);
    const { run } = input;
    inputBlocks.count(run, keep, why);
    if (host.isDetailed) {
      const key = copyOf(keyBuffer, keyStart, keyEnd);
      const valueBytes = valueEnd - valueStart;
      const { table: from, offset: block } = inputBlocks.of(run) ?? NOWHERE;
      if (!keep) yield { type: 'entry-dropped', key, valueBytes, why: why as DropReason, by, from, block };
      else {
        if (outputs.current === undefined) yield* outputs.begin();
        const output = outputs.current!;
        yield { type: 'entry-kept', key, valueBytes, why: why as KeepReason, output, from, block };
      }
    }
    if (keep) {
      if (outputs.current === undefined) yield* outputs.begin();
      outputs.addEntry(input);
      if (outputs.isFull) yield* outputs.finish(input.error, 'file size');
    }
    input.next();
    if (input.hasRunEnded) inputBlocks.end(run);
    if (blocks.length > 0) yield* blocks.splice(0);
    if (outputs.entriesRead % SLICE === 0) yield outputs.progress();
  }
}
