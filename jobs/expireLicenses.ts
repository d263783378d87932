import type { Job } from './job.js';

/**
 * Sets the state `expired` of licenses that have ended. They are refused from the instant of their expiry
 * anyway.
 */
export const expireLicenses: Job = {
  name: 'expire-licenses',
  run: async deps => ({ expired: await deps.expireLicenses() }),
};
