// What a script can tell by the exit code alone, of every command.

export const EXIT = {
  done: 0,
  /** It ran, and what it found or tried is not well: the ledger is wrong, a job failed, a refusal. */
  notWell: 1,
  /** Wrong use, or it could not run at all. */
  couldNotRun: 2,
  notAllowed: 3,
  notFound: 4,
  noAnswer: 5,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
