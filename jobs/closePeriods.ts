import type { Job } from './job.js';

/** Writes the statements of past months: what each license had and used. No counter depends on them. */
export const closePeriods: Job = {
  name: 'close-periods',
  run: async deps => ({ written: await deps.closePeriods() }),
};
