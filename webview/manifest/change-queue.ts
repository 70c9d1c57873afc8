import { errorText } from '../ui/rpc';
import type { Plan } from './plans';

/**
 * Does one change after the other: a plan is made when the page shows what the one before it led to, so that two presses
 * of a key in a row are two steps.
 */
export class ChangeQueue {
  readonly #apply: (plan: Plan) => Promise<void>;
  #last: Promise<unknown> = Promise.resolve();

  /** `apply` resolves when the page shows what came of it. */
  constructor(apply: (plan: Plan) => Promise<void>) {
    this.#apply = apply;
  }

  /** Resolves to why the change was refused. A plan that there is none for any more is passed by. */
  run(plan: () => Plan | undefined): Promise<string | undefined> {
    const done = this.#last.then(async () => {
      const made = plan();
      if (!made) return undefined;
      try {
        await this.#apply(made);
        return undefined;
      } catch (error) {
        return errorText(error);
      }
    });
    this.#last = done;
    return done;
  }
}
