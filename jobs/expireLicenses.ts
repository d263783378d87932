import type { Job } from './job.js';

/** Says `expired` of licenses that are; they were refused from the instant of their expiry on. */
export const expireLicenses: Job = {
  name: 'expire-licenses',
  run: async deps => ({ expired: await deps.expireLicenses() }),
};
