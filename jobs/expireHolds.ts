import type { Job } from './job.js';

/** Gives back what requests held whose process died (docs/ledger.md rule 4). */
export const expireHolds: Job = {
  name: 'expire-holds',
  run: async deps => ({ expired: await deps.expireHolds() }),
};
