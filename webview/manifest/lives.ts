import type { PackedLives } from '../protocol/manifest';
import { escapeBytes } from '../ui/bytes';
import type { LevelMapFiles, LevelMapTick } from '../ui/level-map';
import { MapMark } from '../ui/map-marks';

export type ColorBy = 'age' | 'size' | 'level';

/** From the newest to the oldest, from the smallest to the largest; levels have these in turn. */
export const PALETTE = [
  '--vscode-charts-green',
  '--vscode-terminal-ansiCyan',
  '--vscode-charts-blue',
  '--vscode-charts-purple',
  '--vscode-charts-yellow',
  '--vscode-charts-red',
  '--vscode-charts-lines',
];

const NEVER = 0xffff_ffff;

/** The files of a version, and which life each is. */
export interface VersionFiles extends LevelMapFiles {
  /** Indices of lives, or from `count` on of ghosts. */
  lives: Uint32Array;
}

/**
 * Every table's stay in a level; a version is those that are there at an edit. Behind the lives stand ghosts: tables that
 * only the saved version has, and that the edits name no more.
 */
export class Lives {
  /** Without ghosts. */
  readonly count: number;
  readonly ticks: LevelMapTick[];
  readonly numbers: Float64Array;
  readonly sizes: Float64Array;
  readonly levels: Uint8Array;
  /** Of lives, not of ghosts. */
  readonly added: Uint32Array;
  readonly removed: Uint32Array;
  /** 1 for what the saved version has in the same place. */
  private readonly saved: Uint8Array;
  /** What only the saved version has: lives that ended, and ghosts. */
  private readonly gone: ReadonlySet<number>;
  private readonly left: Float32Array;
  private readonly right: Float32Array;

  constructor(packed: PackedLives) {
    const { gone } = packed;
    // Bytes of a message stand anywhere in its buffer: numbers need a place of their own.
    const own = (...parts: Uint8Array[]) => {
      const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const part of parts) {
        all.set(part, at);
        at += part.length;
      }
      return all.buffer;
    };
    this.count = packed.count;
    this.numbers = new Float64Array(own(packed.numbers, gone.numbers));
    this.sizes = new Float64Array(own(packed.sizes, gone.sizes));
    this.levels = new Uint8Array(own(packed.levels, gone.levels));
    this.left = new Float32Array(own(packed.left, gone.left));
    this.right = new Float32Array(own(packed.right, gone.right));
    this.added = new Uint32Array(own(packed.added));
    this.removed = new Uint32Array(own(packed.removed));
    this.saved = packed.saved.slice();
    this.gone = this.#goneFiles(gone.count);
    this.ticks = packed.ticks.map(({ place, key }) => {
      const text = escapeBytes(key);
      return { place, text: text.length > 24 ? `${text.slice(0, 24)}…` : text };
    });
  }

  /**
   * The version after an edit; what the edit removed is in it too, marked as gone. `isLast`: it is the version at the end,
   * in which what sets it apart from the saved one is marked, and what only that has is shown.
   */
  at(edit: number, colorBy: ColorBy, isLast: boolean): VersionFiles {
    const lives: number[] = [];
    for (let i = 0; i < this.count && this.added[i]! <= edit; i++) {
      if (isLast && this.gone.has(i)) continue;
      if (this.removed[i]! >= edit && !(this.removed[i] === edit && this.added[i] === edit)) lives.push(i);
    }
    if (isLast) lives.push(...this.gone);
    const pick = <T extends Uint8Array | Float32Array>(target: T, source: T): T => {
      for (const [at, life] of lives.entries()) target[at] = source[life]!;
      return target;
    };
    const { length } = lives;
    return {
      lives: Uint32Array.from(lives),
      levels: pick(new Uint8Array(length), this.levels),
      left: pick(new Float32Array(length), this.left),
      right: pick(new Float32Array(length), this.right),
      colors: Uint8Array.from(lives, (life) => this.#color(life, edit, colorBy)),
      marks: Uint8Array.from(lives, (life) => this.#mark(life, edit, isLast)),
    };
  }

  /** Files and bytes of each level after an edit. */
  totals(edit: number): { files: number; bytes: number }[] {
    const totals = Array.from({ length: 7 }, () => ({ files: 0, bytes: 0 }));
    for (let i = 0; i < this.count && this.added[i]! <= edit; i++) {
      if (this.removed[i]! <= edit) continue;
      const total = totals[this.levels[i]!]!;
      total.files++;
      total.bytes += this.sizes[i]!;
    }
    return totals;
  }

  /** Whether anything sets the version at the end apart from the saved one. */
  get isChanged(): boolean {
    return this.gone.size > 0 || this.saved.some((saved, i) => saved === 0 && this.removed[i] === NEVER);
  }

  /** Whether only the saved version has it. */
  isGone(life: number): boolean {
    return this.gone.has(life);
  }

  /** Whether the version at the end has it, and the saved one has not. */
  isUnsaved(life: number): boolean {
    return this.saved[life] === 0 && this.removed[life] === NEVER;
  }

  /** The life of a table: the same one as before, if it is still this table's, else the last one; -1 if there is none. */
  find(number: number, before: number): number {
    return this.numbers[before] === number ? before : this.numbers.lastIndexOf(number);
  }

  removedAt(life: number): number | undefined {
    const removed = this.removed[life];
    return removed === NEVER ? undefined : removed;
  }

  /** Where a life ended at the place of a ghost, it stands for that. */
  #goneFiles(ghosts: number): Set<number> {
    const place = (i: number) => `${this.levels[i]}/${this.numbers[i]}`;
    const ended = new Map<string, number>();
    for (let i = 0; i < this.count; i++) if (this.removed[i] !== NEVER) ended.set(place(i), i);
    return new Set(
      Array.from({ length: ghosts }, (_, i) => ended.get(place(this.count + i)) ?? this.count + i),
    );
  }

  #mark(life: number, edit: number, isLast: boolean): number {
    if (isLast && this.gone.has(life)) return MapMark.ghost;
    if (this.removed[life] === edit) return MapMark.gone;
    const come = this.added[life] === edit ? MapMark.come : MapMark.plain;
    return isLast && this.isUnsaved(life) ? come | MapMark.unsaved : come;
  }

  #color(life: number, edit: number, by: ColorBy): number {
    if (by === 'level') return this.levels[life]! % PALETTE.length;
    if (by === 'size') {
      const megabytes = this.sizes[life]! / 1048576;
      return megabytes < 0.06 ? 0 : megabytes < 0.25 ? 1 : megabytes < 1 ? 2 : megabytes < 2.2 ? 3 : 4;
    }
    const share = edit === 0 ? 0 : (edit - this.added[life]!) / edit;
    return share <= 0 ? 0 : share < 0.05 ? 1 : share < 0.2 ? 2 : share < 0.5 ? 3 : 4;
  }
}
