import type { Job } from './job.js';

/** Applies what shops reported before it could be applied, and ends or begins what was bought for a time. */
export const applyWaitingPurchases: Job = {
  name: 'apply-waiting-purchases',
  run: async deps => ({ ...(await deps.applyWaiting()) }),
};
