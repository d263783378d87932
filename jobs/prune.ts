import type { Job } from './job.js';

/** Removes what is old. Posted units stay counted, and what shops reported stays as facts. */
export const prune: Job = {
  name: 'prune',
  run: async deps => ({ removed: await deps.prune() }),
};
