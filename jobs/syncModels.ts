import type { Job } from './job.js';

/** Reads the upstreams' lists of models, keeps them beside the catalogue, and warns about models that end. */
export const syncModels: Job = {
  name: 'sync-models',
  run: async deps => ({ ...(await deps.syncModels()) }),
};
