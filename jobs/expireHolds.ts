import type { Job } from './job.js';

/** Frees units that are held by requests whose process died (docs/ledger.md rule 4). */
export const expireHolds: Job = {
  name: 'expire-holds',
  run: async deps => ({ expired: await deps.expireHolds() }),
};
