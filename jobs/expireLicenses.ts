import type { Job } from './job.js';

/** Sets the state `expired` of licenses that have ended. Requests were refused from that instant on. */
export const expireLicenses: Job = {
  name: 'expire-licenses',
  run: async deps => ({ expired: await deps.expireLicenses() }),
};
