import type { Shop } from '../src/domain/shop.js';
import type { Reconciled } from '../src/flows/reconcileOrders.js';
import type { AppliedWaiting } from '../src/flows/replayPurchase.js';

/**
 * What jobs do, bound to the store by deps.ts. Each is bounded, and right if it never runs, runs twice,
 * or runs in several processes at once.
 */
export interface JobDeps {
  /** Ends pending holds whose lease is over; gives how many. */
  expireHolds(): Promise<number>;
  /** Ends licenses whose expiry is over; gives how many. */
  expireLicenses(): Promise<number>;
  /** Writes the statements of past months; gives how many. */
  closePeriods(): Promise<number>;
  /** Removes what is old; gives how many of each kind. */
  prune(): Promise<Record<string, number>>;
  /** Tries purchase events that wait, and counts anew where a bought term began or ended. */
  applyWaiting(): Promise<AppliedWaiting>;
  /** Compares the orders of a shop; null where it is not configured. */
  reconcileOrders(shop: Shop): Promise<Reconciled | null>;
  /** Mails links to buyers. */
  sendNotices(): Promise<{ sent: number; failed: number }>;
  /** Finds what is to be told of licenses; gives how many notices were new. */
  findNotices(): Promise<{ allowances: number; expiring: number }>;
  /** Delivers notices by mail and webhook; gives how many attempts ended how. */
  deliverNotices(): Promise<{ delivered: number; retried: number; failed: number }>;
  /** Reads the upstreams' lists of models; gives what they say of the sold ones. */
  syncModels(): Promise<object>;
}

export interface Job {
  name: string;
  /** Gives what it did, for the log, the list of jobs and `npm run job`. */
  run(deps: JobDeps): Promise<Record<string, unknown>>;
}
