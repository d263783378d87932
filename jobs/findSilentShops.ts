import type { Job } from './job.js';

/** Finds shops from which nothing has come for longer than ever before. */
export const findSilentShops: Job = {
  name: 'find-silent-shops',
  run: async deps => ({ silent_shops: await deps.findSilentShops() }),
};
