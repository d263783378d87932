import type { Job } from './job.js';

/** Writes what each license had and used in past months. No counter depends on it. */
export const closePeriods: Job = {
  name: 'close-periods',
  run: async deps => ({ written: await deps.closePeriods() }),
};
