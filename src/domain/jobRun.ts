/** How a job's last run ended. `abandoned`: its process ended without recording a result. */
export const RUN_OUTCOMES = ['running', 'abandoned', 'done', 'failed'] as const;
export type RunOutcome = (typeof RUN_OUTCOMES)[number];
