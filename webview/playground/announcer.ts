/** Two announcements are at least so far apart: who listens has to be able to follow. */
const PAUSE_MS = 1500;
/** Of what must be said and is not said yet; what came first is let go. */
const MAX_QUEUE = 4;

/** Says one thing after the other. What must be said waits for its turn; of what passes by only the newest does. */
export class Announcer {
  readonly #set: (text: string) => void;
  #last = Number.NEGATIVE_INFINITY;
  #key = '';
  readonly #queue: string[] = [];
  #passing: string | undefined;
  #isWaiting = false;

  constructor(set: (text: string) => void) {
    this.#set = set;
  }

  /** What must be said. */
  say(text: string): void {
    this.#queue.push(text);
    if (this.#queue.length > MAX_QUEUE) this.#queue.shift();
    this.#next();
  }

  /** What passes by: not again while it is the same. */
  pass(key: string, text: string): void {
    if (key === this.#key) return;
    this.#key = key;
    this.#passing = text;
    this.#next();
  }

  #next(): void {
    if (this.#isWaiting) return;
    const wait = this.#last + PAUSE_MS - performance.now();
    if (wait > 0) {
      this.#isWaiting = true;
      setTimeout(() => {
        this.#isWaiting = false;
        this.#next();
      }, wait);
      return;
    }
    const text = this.#queue.shift() ?? this.#passing;
    if (text === undefined) return;
    if (text === this.#passing) this.#passing = undefined;
    this.#last = performance.now();
    this.#set(text);
    if (this.#queue.length > 0 || this.#passing !== undefined) this.#next();
  }
}
