import type { KeyRow, KeysCalls, ValueResult } from '../protocol/keys';
import type { Remote } from '../protocol/rpc';
import { errorText } from '../ui/rpc';

/** Moving through rows by keyboard asks for a value only where it rests. */
const REST_MS = 60;

/** Reads the selected row's value; an answer for a row that is no longer selected is dropped. */
export class ValueReader {
  readonly #calls: Remote<KeysCalls>;
  readonly #told: (result: ValueResult | undefined, failure: string) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  constructor(calls: Remote<KeysCalls>, told: (result: ValueResult | undefined, failure: string) => void) {
    this.#calls = calls;
    this.#told = told;
  }

  /** Without a row, only forgets what is under way. */
  ask(row: KeyRow | undefined, sequence: string | undefined): void {
    clearTimeout(this.#timer);
    const asked = ++this.#asked;
    if (row !== undefined) this.#timer = setTimeout(() => void this.#read(row, sequence, asked), REST_MS);
  }

  async #read(row: KeyRow, sequence: string | undefined, asked: number): Promise<void> {
    try {
      const result = await this.#calls.value(row.key, sequence);
      if (asked === this.#asked) this.#told(result, '');
    } catch (error) {
      if (asked === this.#asked) this.#told(undefined, errorText(error));
    }
  }
}
