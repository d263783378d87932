import type { Job } from './job.js';

/** Applies what shops reported too early, and begins or ends bought terms when their time comes. */
export const applyWaitingPurchases: Job = {
  name: 'apply-waiting-purchases',
  run: async deps => ({ ...(await deps.applyWaiting()) }),
};
