import type { Job } from './job.js';

/** Removes old rows. Posted units stay counted, and shops' reports stay as facts. */
export const prune: Job = {
  name: 'prune',
  run: async deps => ({ removed: await deps.prune() }),
};
