import type { PackedLevels } from '../protocol/dry-run';
import { escapeBytes } from '../ui/bytes';
import type { LevelMapFiles, LevelMapTick } from '../ui/level-map';

/** By fate: stays, new, goes. */
export const PALETTE = ['--vscode-charts-blue', '--vscode-charts-green', '--vscode-charts-red'];

const GOES = 2;
const COMES = 1;
const TICK_LENGTH = 24;

/** The tables of one of the two versions, and which of all each is. */
export interface VersionPicture extends LevelMapFiles {
  tables: number[];
}

/** Both versions on one axis. */
export class LevelPair {
  readonly before: VersionPicture;
  readonly after: VersionPicture;
  readonly ticks: LevelMapTick[];

  constructor(packed: PackedLevels) {
    // Bytes of a message stand anywhere in its buffer: numbers need a place of their own.
    const own = (bytes: Uint8Array) => bytes.slice().buffer;
    const left = new Float32Array(own(packed.left));
    const right = new Float32Array(own(packed.right));
    const { levels, fates } = packed;
    const pick = (other: number): VersionPicture => {
      const tables = [...fates.keys()].filter((i) => fates[i] !== other);
      return {
        tables,
        levels: Uint8Array.from(tables, (i) => levels[i]!),
        left: Float32Array.from(tables, (i) => left[i]!),
        right: Float32Array.from(tables, (i) => right[i]!),
        colors: Uint8Array.from(tables, (i) => fates[i]!),
        marks: new Uint8Array(tables.length),
      };
    };
    this.before = pick(COMES);
    this.after = pick(GOES);
    this.ticks = packed.ticks.map(({ place, key }) => {
      const text = escapeBytes(key);
      return { place, text: text.length > TICK_LENGTH ? `${text.slice(0, TICK_LENGTH)}…` : text };
    });
  }
}
