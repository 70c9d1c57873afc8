import { addU64, type U64, u64FromBigInt } from '../bytes/u64';

/** The next file number of a database, in memory that its threads share: no number is given twice. */
export class FileNumbers {
  readonly memory: SharedArrayBuffer;
  private readonly word: BigUint64Array;

  /** With the first number, or over the memory of another thread's. */
  constructor(from: U64 | SharedArrayBuffer) {
    const isShared = from instanceof SharedArrayBuffer;
    this.memory = isShared ? from : new SharedArrayBuffer(8);
    this.word = new BigUint64Array(this.memory);
    if (!isShared) this.next = from;
  }

  get next(): U64 {
    return u64FromBigInt(Atomics.load(this.word, 0));
  }

  set next(next: U64) {
    Atomics.store(this.word, 0, BigInt(next));
  }

  take(): U64 {
    return u64FromBigInt(Atomics.add(this.word, 0, 1n));
  }

  /** Takes back a number if it is the one that was given last. */
  giveBack(number: U64): void {
    Atomics.compareExchange(this.word, 0, BigInt(addU64(number, 1)), BigInt(number));
  }
}
