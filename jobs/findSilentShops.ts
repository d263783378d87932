import type { Job } from './job.js';

/** Finds shops whose last delivery is longer ago than any earlier pause between their deliveries. */
export const findSilentShops: Job = {
  name: 'find-silent-shops',
  run: async deps => ({ silent_shops: await deps.findSilentShops() }),
};
