import type { Shop } from '../src/domain/shop.js';
import type { Job } from './job.js';

/** Finds orders whose webhook never came, and says which of our webhooks are off or missing. */
export function reconcileOrders(shop: Shop): Job {
  return {
    name: `reconcile-${shop}`,
    run: async deps => ({
      ...((await deps.reconcileOrders(shop)) ?? { skipped: 'not configured' }),
    }),
  };
}
