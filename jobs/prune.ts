import type { Job } from './job.js';

/** Removes old holds and sessions; what the holds posted stays counted. */
export const prune: Job = {
  name: 'prune',
  run: async deps => ({ removed: await deps.prune() }),
};
