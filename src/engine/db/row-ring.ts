import type { RowCounts } from '../iterator/kernel-merge';

/** What a piece of a part is: what was read of it; where all runs stand before and behind it; or that there is no more. */
export const Piece = { read: 1, begin: 2, end: 3, unsound: 4 } as const;

export interface PieceHead extends RowCounts {
  kind: number;
  part: number;
  bytes: number;
}

const SLOTS = 32;
/** Of one piece. What is larger is cut. */
export const SLOT_BYTES = 256 << 10;
const HEAD_BYTES = 64;
/** The words before the slots: pieces put in, pieces taken out. */
const WORDS_BYTES = 64;
const WRITTEN = 0;
const TAKEN = 1;

/** A queue of pieces from one thread to another, in memory that they share. */
export class RowRing {
  static readonly memoryBytes = WORDS_BYTES + SLOTS * (HEAD_BYTES + SLOT_BYTES);

  private readonly memory: SharedArrayBuffer;
  private readonly words: Int32Array;
  private readonly start: number;

  /** `start` is where it lies in the memory, a multiple of 64. */
  constructor(memory: SharedArrayBuffer, start: number) {
    this.memory = memory;
    this.start = start;
    this.words = new Int32Array(memory, start, 2);
  }

  /** Puts a piece in; waits while there is no room. */
  put({ kind, part, entries, keyBytes, valueBytes }: Omit<PieceHead, 'bytes'>, bytes: Uint8Array): void {
    const written = this.words[WRITTEN];
    for (;;) {
      const taken = Atomics.load(this.words, TAKEN);
      if (written - taken < SLOTS) break;
      Atomics.wait(this.words, TAKEN, taken);
    }
    const at = this.slotAt(written);
    new Float64Array(this.memory, at, 6).set([kind, part, bytes.length, entries, keyBytes, valueBytes]);
    new Uint8Array(this.memory, at + HEAD_BYTES, bytes.length).set(bytes);
    Atomics.store(this.words, WRITTEN, written + 1);
  }

  /** The piece that is next, left where it is; undefined if there is none yet. */
  peek(): { head: PieceHead; bytes: Uint8Array } | undefined {
    const taken = this.words[TAKEN];
    if (Atomics.load(this.words, WRITTEN) === taken) return undefined;
    const at = this.slotAt(taken);
    const [kind, part, bytes, entries, keyBytes, valueBytes] = new Float64Array(this.memory, at, 6);
    const head = { kind, part, bytes, entries, keyBytes, valueBytes };
    return { head, bytes: new Uint8Array(this.memory, at + HEAD_BYTES, bytes) };
  }

  /** The next piece is done with. */
  take(): void {
    Atomics.add(this.words, TAKEN, 1);
    Atomics.notify(this.words, TAKEN);
  }

  private slotAt(piece: number): number {
    return this.start + WORDS_BYTES + (piece % SLOTS) * (HEAD_BYTES + SLOT_BYTES);
  }
}
