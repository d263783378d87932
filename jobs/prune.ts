import type { Job } from './job.js';

/** Removes old holds, sessions and kept replies; what the holds posted stays counted. */
export const prune: Job = {
  name: 'prune',
  run: async deps => ({ removed: await deps.prune() }),
};
