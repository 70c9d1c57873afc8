import type { Version } from '../manifest/version';
import { type FileMetaData, LEVELS } from '../manifest/version-edit';
import { Compaction } from './compaction';
import { type CompactionLimits, levelCapacity, maxExpandedBytes } from './limits';
import { addBoundaryFiles, compareKeys, overlappingFiles, rangeOf, totalBytes, userKeyOf } from './overlap';

/** The level that wants a compaction most (VersionSet::Finalize). The last level has no score. */
export interface BestScore {
  level: number;
  score: number;
  /** Of levels 0 to 5. */
  scores: number[];
}

export function bestScore(version: Version, limits: CompactionLimits): BestScore {
  const scores: number[] = [];
  for (let level = 0; level < LEVELS - 1; level++) {
    scores.push(
      level === 0
        ? version.levels[0].length / limits.level0Files
        : version.levelBytes(level) / levelCapacity(limits, level),
    );
  }
  const score = Math.max(...scores);
  return { level: scores.indexOf(score), score, scores };
}

/** What a pick starts from. */
export interface PickState {
  version: Version;
  limits: CompactionLimits;
  /** compact_pointer_: of each level the largest key compacted last. It moves with the pick. */
  compactPointers: (Uint8Array | undefined)[];
  /** The table whose seeks are used up. */
  fileToCompact: { level: number; file: FileMetaData } | undefined;
}

/** What was decided on the way to the inputs, for a trace. */
export interface PickTrace {
  best: BestScore;
  /** The pointer of the level before the pick. */
  pointer: Uint8Array | undefined;
  /** The file that the pick began with. */
  first: FileMetaData | undefined;
  /** Files that overlap the first in level 0, files added because a user key is split, and by expansion. */
  overlapping: FileMetaData[];
  boundary: FileMetaData[];
  expanded: FileMetaData[];
  /** Whether an expansion was tried and not taken, and why. */
  expansionRefused: 'too many bytes' | 'more files in the next level' | undefined;
}

/**
 * The compaction that is due, if one is: by size before by seeks (VersionSet::PickCompaction). Moves the compaction
 * pointer of its level.
 */
export function pickCompaction(state: PickState, trace?: (trace: PickTrace) => void): Compaction | undefined {
  const { version, limits, compactPointers, fileToCompact } = state;
  const best = bestScore(version, limits);
  const seen = emptyTrace(best);
  let compaction: Compaction;
  if (best.score >= 1) {
    compaction = new Compaction('size', best.level, version, limits);
    const files = version.levels[best.level];
    const pointer = compactPointers[best.level];
    seen.pointer = pointer;
    const next = files.find(
      ({ largest }) => !pointer || compareKeys(version.comparator, largest, pointer) > 0,
    );
    // Behind the last file it begins again with the first.
    compaction.inputs[0].push(next ?? files[0]);
  } else if (fileToCompact) {
    compaction = new Compaction('seek', fileToCompact.level, version, limits);
    seen.pointer = compactPointers[fileToCompact.level];
    compaction.inputs[0].push(fileToCompact.file);
  } else return undefined;

  const [first] = compaction.inputs[0];
  seen.first = first;
  if (compaction.level === 0) {
    // Files of level 0 may overlap: all that do must go together, or an older version would pass a newer one.
    const { smallest, largest } = rangeOf(version.comparator, compaction.inputs[0]);
    const files = overlappingFiles(version, 0, userKeyOf(smallest), userKeyOf(largest));
    seen.overlapping = files.filter((file) => file !== first);
    compaction.inputs[0].splice(0, 1, ...files);
  }
  setUpOtherInputs(compaction, compactPointers, seen);
  trace?.(seen);
  return compaction;
}

/**
 * One round of a manual compaction of a level over the user keys [begin, end]; undefined if no file meets them. Below
 * level 0 a round takes about one file's size of input (VersionSet::CompactRange).
 */
export function pickRange(
  state: PickState,
  level: number,
  begin: Uint8Array | undefined,
  end: Uint8Array | undefined,
  trace?: (trace: PickTrace) => void,
): Compaction | undefined {
  const { version, limits, compactPointers } = state;
  let inputs = overlappingFiles(version, level, begin, end);
  if (inputs.length === 0) return undefined;
  if (level > 0) {
    let total = 0;
    const last = inputs.findIndex(({ size }) => {
      total += Number(size);
      return total >= limits.maxFileBytes;
    });
    if (last >= 0) inputs = inputs.slice(0, last + 1);
  }
  const compaction = new Compaction('manual', level, version, limits);
  compaction.inputs[0].push(...inputs);
  const seen = emptyTrace(bestScore(version, limits));
  seen.pointer = compactPointers[level];
  [seen.first] = inputs;
  setUpOtherInputs(compaction, compactPointers, seen);
  trace?.(seen);
  return compaction;
}

function emptyTrace(best: BestScore): PickTrace {
  return {
    best,
    pointer: undefined,
    first: undefined,
    overlapping: [],
    boundary: [],
    expanded: [],
    expansionRefused: undefined,
  };
}

/** The files of the next level, more of this one where that costs nothing there, and the grandparents. */
function setUpOtherInputs(
  compaction: Compaction,
  compactPointers: (Uint8Array | undefined)[],
  seen: PickTrace,
): void {
  const { level, version, limits, inputs } = compaction;
  const { comparator } = version;
  const below = version.levels[level + 1];
  const overlapping = (at: number, range: { smallest: Uint8Array; largest: Uint8Array }) =>
    overlappingFiles(version, at, userKeyOf(range.smallest), userKeyOf(range.largest));

  seen.boundary.push(...addBoundaryFiles(comparator, version.levels[level], inputs[0]));
  let range = rangeOf(comparator, inputs[0]);
  inputs[1].push(...overlapping(level + 1, range));
  seen.boundary.push(...addBoundaryFiles(comparator, below, inputs[1]));
  let all = rangeOf(comparator, inputs.flat());

  if (inputs[1].length > 0) {
    const expanded0 = overlapping(level, all);
    addBoundaryFiles(comparator, version.levels[level], expanded0);
    if (expanded0.length > inputs[0].length) {
      if (totalBytes(inputs[1]) + totalBytes(expanded0) < maxExpandedBytes(limits)) {
        const wider = rangeOf(comparator, expanded0);
        const expanded1 = overlapping(level + 1, wider);
        addBoundaryFiles(comparator, below, expanded1);
        if (expanded1.length === inputs[1].length) {
          const before = new Set(inputs[0]);
          seen.expanded = expanded0.filter((file) => !before.has(file));
          range = wider;
          inputs[0].splice(0, inputs[0].length, ...expanded0);
          inputs[1].splice(0, inputs[1].length, ...expanded1);
          all = rangeOf(comparator, inputs.flat());
        } else seen.expansionRefused = 'more files in the next level';
      } else seen.expansionRefused = 'too many bytes';
    }
  }
  if (level + 2 < LEVELS) compaction.grandparents = overlapping(level + 2, all);
  // At once, not when the edit is applied: if the compaction fails, the next one takes another range.
  compactPointers[level] = range.largest;
  compaction.edit.compactPointers.push({ level, key: range.largest });
}
