import type { Job } from './job.js';

/** Finds allowances that are nearly or fully used, and licenses that end soon. Each causes one notice. */
export const findNotices: Job = {
  name: 'find-notices',
  run: async deps => ({ ...(await deps.findNotices()) }),
};
