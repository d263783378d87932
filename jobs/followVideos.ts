import type { Job } from './job.js';

/** Asks upstreams how far their videos are, and ends those that are made or cannot be. */
export const followVideos: Job = {
  name: 'follow-videos',
  run: async deps => ({ ...(await deps.followVideos()) }),
};
