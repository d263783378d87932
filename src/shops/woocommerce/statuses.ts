// The statuses in which a paid order counts.

import { z } from 'zod';

/** A virtual product that is not downloadable stops at `processing`; plug-ins add statuses of their own. */
export const PAID = 'processing,completed';
/** An order in one of these is not paid, or no more. */
const NEVER_PAID = ['pending', 'on-hold', 'cancelled', 'refunded', 'failed', 'trash'];

export const paidStatuses = z
  .string()
  .refine(arePaidStatuses, 'must be statuses of paid orders, separated by commas');

/** Without the prefix that they have in the shop's database. */
export function statusesIn(text: string): string[] {
  return text.split(',').map(status => status.trim().replace(/^wc-/, ''));
}

function arePaidStatuses(text: string): boolean {
  return statusesIn(text).every(
    status => /^[a-z0-9_-]{1,20}$/.test(status) && !NEVER_PAID.includes(status),
  );
}
