/** What the exit status says (see the README). */
export const ExitCode = {
  done: 0,
  /** Something is damaged, or a check failed. */
  damaged: 1,
  /** Wrong use, or no such file or directory. */
  usage: 2,
  /** Another process holds the lock. */
  locked: 3,
  /** `get`: the key is not there. */
  notFound: 4,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The command line was not understood. */
export class UsageError extends Error {}
