/** How a job's last run stands; `abandoned`: its process went away without a word. */
export const RUN_OUTCOMES = ['running', 'abandoned', 'done', 'failed'] as const;
export type RunOutcome = (typeof RUN_OUTCOMES)[number];
