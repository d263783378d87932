import type { Job } from './job.js';

/** Asks upstreams how far their videos are, and ends the jobs of those that are made or failed. */
export const followVideos: Job = {
  name: 'follow-videos',
  run: async deps => ({ ...(await deps.followVideos()) }),
};
