import type { Job } from './job.js';

/** Finds allowances that are used up and licenses that end soon; what it finds is told once. */
export const findNotices: Job = {
  name: 'find-notices',
  run: async deps => ({ ...(await deps.findNotices()) }),
};
