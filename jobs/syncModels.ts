import type { Job } from './job.js';

/** Reads the upstreams' lists of models, stores them beside the catalogue, and warns of models that end. */
export const syncModels: Job = {
  name: 'sync-models',
  run: async deps => ({ ...(await deps.syncModels()) }),
};
