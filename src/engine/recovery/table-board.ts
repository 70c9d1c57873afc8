/** What is known of a table. */
const State = { open: 0, sound: 1, soundZlib: 2, unsound: 3 } as const;

/** What the board says of a table. */
export interface SoundTable {
  blocks: number;
  entries: number;
  /** Whether zlib's blocks were met: the codec of the folder is to know that. */
  hasZlib: boolean;
}

/**
 * The tables of a database, by their place in the version, in memory that threads share: each takes the next one that
 * nobody has taken, and puts up what it found. The words: the next table, then a state and a count of blocks for each; the
 * counts of entries stand behind them.
 */
export class TableBoard {
  readonly memory: SharedArrayBuffer;
  readonly tables: number;
  private readonly words: Int32Array;
  private readonly entries: Float64Array;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.tables = memory.byteLength / TABLE_BYTES - 1;
    this.words = new Int32Array(memory, 0, 2 * (this.tables + 1));
    this.entries = new Float64Array(memory, 8 * (this.tables + 1));
  }

  static of(tables: number): TableBoard {
    return new TableBoard(new SharedArrayBuffer(TABLE_BYTES * (tables + 1)));
  }

  /** The next table that nobody has taken; undefined if there is none. */
  take(): number | undefined {
    const table = Atomics.add(this.words, 0, 1);
    return table >= 0 && table < this.tables ? table : undefined;
  }

  /** Nobody takes another table. */
  stop(): void {
    Atomics.store(this.words, 0, this.tables);
  }

  /** Puts up what was found; undefined for a table with a problem, which is left to who tells of problems. */
  put(table: number, found: SoundTable | undefined): void {
    const at = 2 * (table + 1);
    if (found) {
      this.words[at + 1] = found.blocks;
      this.entries[table] = found.entries;
    }
    Atomics.store(this.words, at, found ? (found.hasZlib ? State.soundZlib : State.sound) : State.unsound);
    Atomics.notify(this.words, at);
  }

  /** Whether something was put up; waits for so many milliseconds if nothing was. */
  isFound(table: number, milliseconds: number): boolean {
    const at = 2 * (table + 1);
    if (Atomics.load(this.words, at) === State.open) Atomics.wait(this.words, at, State.open, milliseconds);
    return Atomics.load(this.words, at) !== State.open;
  }

  /** Undefined if the table is not known to be sound. */
  found(table: number): SoundTable | undefined {
    const at = 2 * (table + 1);
    const state = Atomics.load(this.words, at);
    if (state !== State.sound && state !== State.soundZlib) return undefined;
    const hasZlib = state === State.soundZlib;
    return { blocks: this.words[at + 1] >>> 0, entries: this.entries[table], hasZlib };
  }
}

const TABLE_BYTES = 16;
