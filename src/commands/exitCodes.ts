// The exit codes of every command, so that a script needs nothing else.

export const EXIT = {
  done: 0,
  /** The command ran, but something is wrong: with the ledger, in a job, or the act was refused. */
  notWell: 1,
  /** Wrong usage, or the command could not run at all. */
  couldNotRun: 2,
  notAllowed: 3,
  notFound: 4,
  noAnswer: 5,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
