// The statuses in which a paid order counts.

import { z } from 'zod';

/** An order of a virtual product that is not downloadable stays at `processing`. Plug-ins add more statuses. */
export const PAID = 'processing,completed';
/** In one of these an order is not paid, or not any more. */
const NEVER_PAID = ['pending', 'on-hold', 'cancelled', 'refunded', 'failed', 'trash'];

export const paidStatuses = z
  .string()
  .refine(arePaidStatuses, 'must be statuses of paid orders, separated by commas');

/** Splits the list, and removes the prefix that statuses have in the shop's database. */
export function statusesIn(text: string): string[] {
  return text.split(',').map(status => status.trim().replace(/^wc-/, ''));
}

function arePaidStatuses(text: string): boolean {
  return statusesIn(text).every(
    status => /^[a-z0-9_-]{1,20}$/.test(status) && !NEVER_PAID.includes(status),
  );
}
