import type { EntryFilter } from '../compaction/merge';
import { userKeyOf } from '../compaction/overlap';
import type { KernelCompaction } from '../iterator/kernel-compaction';
import { BlockCursor } from '../table/block';
import type { Steps } from '../trace/events';
import type { CompactionInput } from './compaction-input';
import type { CompactionOutputs } from './compaction-outputs';

/** Entries between two looks at who else wants to work. */
export const SLICE = 1000;

/**
 * A compaction as far as the kernel goes: the same as by entries, by blocks. Where it stops the input's cursors stand, and
 * all else is as if each entry before had been done one by one. Returns whether what is done before an entry was done for
 * the one that is next.
 */
export function* mergeInKernel(
  outputs: CompactionOutputs,
  input: CompactionInput,
  kernel: KernelCompaction,
  filter: EntryFilter,
): Steps<boolean> {
  const { compaction, inputBlocks, blocks, host } = outputs;
  yield* host.urgentWork();
  let isSound = yield* askBoundary(outputs, input, kernel);
  while (isSound) {
    const stop = kernel.goOn();
    const { count } = kernel;
    isSound = stop !== 'stopped';
    yield* tellOf(outputs, input, kernel, isSound);
    const { kept, shadowed, deletions } = kernel.takeCounts();
    outputs.entriesKept += kept;
    outputs.shadowed += shadowed;
    outputs.deletions += deletions;
    if (stop === 'end') {
      outputs.addBlock(kernel.endBlock());
      input.leaveKernel(true, inputBlocks);
      return false;
    }
    if (!isSound) {
      takeOver(outputs, kernel, filter);
      input.leaveKernel(false, inputBlocks);
      if (blocks.length > 0) yield* blocks.splice(0);
      if (count > 0 && outputs.entriesRead % SLICE === 0) yield outputs.progress();
      return count === 0;
    }
    if (count > 0) yield* host.urgentWork();
    if (stop === 'boundary') isSound = yield* askBoundary(outputs, input, kernel);
    else if (stop === 'deletion') isSound = kernel.setAnswer(compaction.baseLevelSpan(userKeyOf(kernel.key)));
  }
  takeOver(outputs, kernel, filter);
  input.leaveKernel(false, inputBlocks);
  return true;
}

/** At an entry of which it is not known whether the output has to end before it. */
function* askBoundary(
  outputs: CompactionOutputs,
  input: CompactionInput,
  kernel: KernelCompaction,
): Steps<boolean> {
  const { compaction } = outputs;
  const { key } = kernel;
  if (compaction.shouldStopBefore(key, 0, key.length) && outputs.current !== undefined) {
    outputs.addBlock(kernel.endBlock());
    kernel.newOutput();
    yield* outputs.finish(input.error, 'grandparent overlap');
  }
  return kernel.setBoundary(compaction.nextGrandparentEnd);
}

/** What came about in the kernel, entry by entry, as it is done without. `isPassed`: the last entry has been left. */
function* tellOf(
  outputs: CompactionOutputs,
  input: CompactionInput,
  kernel: KernelCompaction,
  isPassed: boolean,
): Steps<void> {
  const { host, inputBlocks, entriesRead } = outputs;
  const { blocks, notes, count } = kernel;
  let begin = kernel.beganAt || Infinity;
  // What is done before an entry was done for the first one before the kernel went on.
  let begun = 1;
  let progress = SLICE - (entriesRead % SLICE);
  for (let block = 0, note = 0; ; ) {
    const at = Math.min(begin, blocks[block]?.entry ?? Infinity, notes[note]?.entries ?? Infinity, progress);
    if (at > count) break;
    for (; begun < at && host.hasUrgentWork; begun++) yield* host.urgentWork();
    begun = Math.max(begun, at);
    outputs.entriesRead = entriesRead + at;
    if (at === begin) {
      yield* outputs.begin();
      begin = Infinity;
    }
    if (at === blocks[block]?.entry) {
      outputs.addBlock(blocks[block++]);
      if (outputs.isFull) {
        kernel.newOutput();
        yield* outputs.finish(input.error, 'file size');
      }
    }
    for (; at === notes[note]?.entries; note++) {
      const { child, left, tell } = notes[note];
      inputBlocks.add(child, left);
      if (tell) tell();
      else inputBlocks.end(child);
    }
    if (outputs.blocks.length > 0) yield* outputs.blocks.splice(0);
    if (at !== progress) continue;
    if (at < count || isPassed) yield outputs.progress();
    progress += SLICE;
  }
  for (; begun < count && host.hasUrgentWork; begun++) yield* host.urgentWork();
  outputs.entriesRead = entriesRead + count;
}

/** Goes on with the output and the filter where the kernel has stopped. */
function takeOver(outputs: CompactionOutputs, kernel: KernelCompaction, filter: EntryFilter): void {
  const { last } = kernel;
  if (last) filter.resume(last.userKey, last.sequence);
  const entries = new BlockCursor(outputs.compaction.version.comparator, kernel.blockUnderWay);
  for (entries.seekToFirst(); entries.valid; entries.next()) outputs.addEntry(entries);
}
