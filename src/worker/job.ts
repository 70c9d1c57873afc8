import type { JobProgress } from './api';

/** A job: yields what to tell of its progress, returns its result. It is ended by `return` when it is cancelled. */
export type JobOf<Result> = Generator<JobProgress, Result>;

/** The jobs of an interface, as a session implements them. */
export type JobsOf<Jobs> = {
  [Name in keyof Jobs]: Jobs[Name] extends (...params: infer Params) => infer Result
    ? (...params: Params) => JobOf<Result>
    : never;
};
