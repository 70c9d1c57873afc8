import { errorText, RpcError } from '../ui/rpc';
import type { Plan } from './plans';

/** Why a change was not done. */
export interface Refusal {
  message: string;
  /** Of the failure, where it has one: `choice-needed`. */
  code: string | undefined;
}

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

  /** Resolves to a refusal if there was one. A plan that there is none for any more is passed by. */
  run(plan: () => Plan | undefined): Promise<Refusal | undefined> {
    const done = this.#last.then(async () => {
      const made = plan();
      if (!made) return undefined;
      try {
        await this.#apply(made);
        return undefined;
      } catch (error) {
        return { message: errorText(error), code: error instanceof RpcError ? error.code : undefined };
      }
    });
    this.#last = done;
    return done;
  }
}
