import type { PackedLives } from '../protocol/manifest';
import { escapeBytes } from '../ui/bytes';
import type { LevelMapFiles, LevelMapTick } from '../ui/level-map';

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
  /** Indices of lives. */
  lives: Uint32Array;
}

/** Every table's stay in a level; a version is those that are there at an edit. */
export class Lives {
  readonly count: number;
  readonly ticks: LevelMapTick[];
  readonly numbers: Float64Array;
  readonly sizes: Float64Array;
  readonly added: Uint32Array;
  readonly removed: Uint32Array;
  readonly levels: Uint8Array;
  private readonly left: Float32Array;
  private readonly right: Float32Array;

  constructor(packed: PackedLives) {
    // Bytes of a message stand anywhere in its buffer: numbers need a place of their own.
    const own = (bytes: Uint8Array) => bytes.slice().buffer;
    this.count = packed.count;
    this.numbers = new Float64Array(own(packed.numbers));
    this.sizes = new Float64Array(own(packed.sizes));
    this.levels = packed.levels.slice();
    this.left = new Float32Array(own(packed.left));
    this.right = new Float32Array(own(packed.right));
    this.added = new Uint32Array(own(packed.added));
    this.removed = new Uint32Array(own(packed.removed));
    this.ticks = packed.ticks.map(({ place, key }) => {
      const text = escapeBytes(key);
      return { place, text: text.length > 24 ? `${text.slice(0, 24)}…` : text };
    });
  }

  /** The version after an edit; what the edit removed is in it too, marked as gone. */
  at(edit: number, colorBy: ColorBy): VersionFiles {
    const lives: number[] = [];
    for (let i = 0; i < this.count && this.added[i]! <= edit; i++) {
      if (this.removed[i]! >= edit && !(this.removed[i] === edit && this.added[i] === edit)) lives.push(i);
    }
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
      marks: Uint8Array.from(lives, (life) =>
        this.removed[life] === edit ? 2 : this.added[life] === edit ? 1 : 0,
      ),
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

  isThere(life: number, edit: number): boolean {
    return this.added[life]! <= edit && this.removed[life]! > edit;
  }

  removedAt(life: number): number | undefined {
    return this.removed[life] === NEVER ? undefined : this.removed[life];
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
