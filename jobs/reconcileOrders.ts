import type { Job } from './job.js';

/** Finds orders whose webhook never came, and says which of our webhooks the shop has switched off. */
export const reconcileWoocommerce: Job = {
  name: 'reconcile-woocommerce',
  run: async deps => ({
    ...((await deps.reconcileWoocommerce()) ?? { skipped: 'not configured' }),
  }),
};
