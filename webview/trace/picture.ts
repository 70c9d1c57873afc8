// The tables of a frame, as the level map draws them. No DOM.

import type { TraceFrame, TraceTables } from '../protocol/trace-frame';
import type { LevelGauge, LevelMapFiles } from '../ui/level-map';
import { MapMark } from '../ui/map-marks';
import { byteSize, count, plural } from '../ui/text';

/** What the compaction has with a table; `writing` is not a table yet. */
export type PictureRole =
  | 'none'
  | 'input'
  | 'overlapping'
  | 'boundary'
  | 'expanded'
  | 'grandparent'
  | 'output'
  | 'writing';

/** In the palette's order. */
const ROLES: readonly PictureRole[] = [
  'none',
  'input',
  'overlapping',
  'boundary',
  'expanded',
  'grandparent',
  'output',
  'writing',
];

export const PALETTE: readonly string[] = [
  '--vscode-charts-lines',
  '--vscode-charts-blue',
  '--vscode-charts-purple',
  '--vscode-charts-yellow',
  '--vscode-charts-orange',
  '--vscode-charts-foreground',
  '--vscode-charts-green',
  '--vscode-charts-green',
];

/** Arrays of one length: the version's tables, then those that are being written. */
export interface TracePicture extends LevelMapFiles {
  numbers: Float64Array;
  sizes: Float64Array;
}

/** A table that is being written, as far as it is. */
interface Growing {
  number: number;
  level: number;
  bytes: number;
  left: number;
  right: number;
}

interface Written {
  left: number | undefined;
  right: number | undefined;
  bytes: number;
  isOver: boolean;
}

/** `before` are the tables before the event, if it changed them: what was not among them is new. */
export function pictureOf(
  frame: TraceFrame,
  tables: TraceTables,
  before: TraceTables | undefined,
): TracePicture {
  const growing = growingOf(frame, tables);
  const total = tables.numbers.length + growing.length;
  const picture: TracePicture = {
    numbers: new Float64Array(total),
    levels: new Uint8Array(total),
    sizes: new Float64Array(total),
    left: new Float32Array(total),
    right: new Float32Array(total),
    colors: new Uint8Array(total),
    marks: new Uint8Array(total),
  };
  for (const name of ['numbers', 'levels', 'sizes', 'left', 'right'] as const)
    picture[name].set(tables[name]);
  for (const [i, { number, level, bytes, left, right }] of growing.entries()) {
    const at = tables.numbers.length + i;
    picture.numbers[at] = number;
    picture.levels[at] = level;
    picture.sizes[at] = bytes;
    picture.left[at] = left;
    picture.right[at] = right;
    picture.colors[at] = ROLES.indexOf('writing');
    picture.marks[at] = MapMark.pale;
  }
  markRoles(picture, frame, tables.numbers.length);
  markNew(picture, tables, before);
  return picture;
}

export function roleOf({ colors }: TracePicture, index: number): PictureRole {
  return ROLES[colors[index]!] ?? 'none';
}

function markRoles(picture: TracePicture, { compaction, seeks }: TraceFrame, tables: number): void {
  const charged = new Set(seeks.rows.map(({ number }) => Number(number)));
  const roles = new Map<number, PictureRole>();
  if (compaction) {
    const { marks, state } = compaction;
    const put = (numbers: Float64Array, role: PictureRole) => {
      for (const number of numbers) roles.set(number, role);
    };
    if (state === 'under way') put(marks.grandparents, 'grandparent');
    put(marks.inputs, 'input');
    put(marks.overlapping, 'overlapping');
    put(marks.boundary, 'boundary');
    put(marks.expanded, 'expanded');
    put(marks.outputs, 'output');
  }
  for (let i = 0; i < tables; i++) {
    const number = picture.numbers[i]!;
    const role = roles.get(number);
    if (role) picture.colors[i] = ROLES.indexOf(role);
    if (role === 'grandparent') picture.marks[i]! |= MapMark.pale;
    if (charged.has(number)) picture.marks[i]! |= MapMark.charged;
  }
}

function markNew(picture: TracePicture, tables: TraceTables, before: TraceTables | undefined): void {
  if (!before) return;
  const placeOf = ({ numbers, levels }: TraceTables, i: number) => numbers[i]! * 8 + levels[i]!;
  const known = new Set(Array.from(before.numbers, (_, i) => placeOf(before, i)));
  for (let i = 0; i < tables.numbers.length; i++) {
    if (!known.has(placeOf(tables, i))) picture.marks[i]! |= MapMark.come;
  }
}

/** Outputs and flushes that are in no version yet. They grow to their range as their bytes grow to a file's. */
function growingOf({ compaction, flush, edit, options }: TraceFrame, tables: TraceTables): Growing[] {
  const there = new Set(tables.numbers);
  const growing: Growing[] = [];
  const add = (table: Written, number: number, level: number, whole: number) => {
    const { left, right, bytes, isOver } = table;
    if (left === undefined || right === undefined || there.has(number)) return;
    const share = isOver ? 1 : Math.min(1, bytes / Math.max(1, whole));
    growing.push({ number, level, bytes, left, right: left + (right - left) * share });
  };
  if (compaction && compaction.state !== 'failed') {
    const whole = options?.limits.maxFileBytes ?? 0;
    for (const output of compaction.outputs.rows) add(output, Number(output.number), output.level, whole);
  }
  // An edit behind it has it, and it may be gone again.
  if (flush && !(edit && edit.event > flush.event)) {
    add(flush, Number(flush.table), flush.level ?? 0, flush.memoryUsage);
  }
  return growing;
}

/** What stands beside each level: the score, and how it comes about. */
export function gaugesOf({ levels }: TraceFrame): LevelGauge[] {
  return levels.map((level) => ({
    text: scoreText(level),
    share: level.by ? level.score : undefined,
    pointer: level.pointerPlace,
  }));
}

/** `5 files / 4 = 1.25`; of the last level only its size. */
export function scoreText({ by, files, bytes, limit, score }: TraceFrame['levels'][number]): string {
  if (!by || limit === undefined) return files === 0 ? '' : byteSize(bytes);
  const size = by === 'files' ? plural(files, '1 file', '{0} files') : byteSize(bytes);
  const of = by === 'files' ? count(limit) : byteSize(limit);
  return score === undefined ? `${size} / ${of}` : `${size} / ${of} = ${scoreNumber(score)}`;
}

function scoreNumber(score: number): string {
  return score < 0.01 ? `${Number(score.toPrecision(1))}` : score.toFixed(2);
}
