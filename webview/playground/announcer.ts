/** Two announcements are at least so far apart: who listens has to be able to follow. */
const PAUSE_MS = 1500;

/** Says one thing after the other; what came meanwhile and is not the newest is left out. */
export class Announcer {
  readonly #set: (text: string) => void;
  #last = Number.NEGATIVE_INFINITY;
  #key = '';
  #waiting: string | undefined;

  constructor(set: (text: string) => void) {
    this.#set = set;
  }

  say(text: string): void {
    const wait = this.#last + PAUSE_MS - performance.now();
    if (wait <= 0) {
      this.#now(text);
      return;
    }
    if (this.#waiting === undefined) {
      setTimeout(() => {
        const next = this.#waiting;
        this.#waiting = undefined;
        if (next !== undefined) this.#now(next);
      }, wait);
    }
    this.#waiting = text;
  }

  /** Not again while it is the same. */
  sayOnce(key: string, text: string): void {
    if (key === this.#key) return;
    this.#key = key;
    this.say(text);
  }

  #now(text: string): void {
    this.#last = performance.now();
    this.#set(text);
  }
}
