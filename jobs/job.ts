import type { Shop } from '../src/domain/shop.js';
import type { Followed } from '../src/flows/followVideos.js';
import type { Reconciled } from '../src/flows/reconcileOrders.js';
import type { AppliedWaiting } from '../src/flows/replayPurchase.js';
import type { SilentShop } from '../src/store/reports/silentShops.js';

/**
 * The acts of jobs; src/deps/index.ts connects them to the store. Each act is bounded, and everything stays correct if
 * it never runs, runs twice, or runs in several processes at once.
 */
export interface JobDeps {
  /** Expires pending holds whose lease is over; returns how many. */
  expireHolds(): Promise<number>;
  /** Asks upstreams about the videos that are due; returns how many ended in which way. */
  followVideos(): Promise<Followed>;
  /** Ends licenses that are past their expiry; returns how many. */
  expireLicenses(): Promise<number>;
  /** Writes the statements of past months; returns how many. */
  closePeriods(): Promise<number>;
  /** Removes old rows; returns how many of each kind. */
  prune(): Promise<Record<string, number>>;
  /** Tries waiting purchase events again, and recomputes licenses where a bought term began or ended. */
  applyWaiting(): Promise<AppliedWaiting>;
  /** Compares the orders of a shop; null if it is not configured. */
  reconcileOrders(shop: Shop): Promise<Reconciled | null>;
  /** Finds shops whose last delivery is longer ago than any earlier pause between their deliveries. */
  findSilentShops(): Promise<SilentShop[]>;
  /** Mails links to buyers, and writes keys as notes to their orders. */
  mailLinks(): Promise<{ sent: number; failed: number }>;
  /** Finds notices about licenses; returns how many were new. */
  findNotices(): Promise<{ allowances: number; expiring: number }>;
  /** Delivers notices by mail and webhook; returns how many attempts ended in which way. */
  deliverNotices(): Promise<{ delivered: number; retried: number; failed: number }>;
  /** Reads the upstreams' lists of models; returns what they say about our models. */
  syncModels(): Promise<object>;
}

export interface Job {
  name: string;
  /** Returns what it did, for the log, the list of jobs and `npm run job`. */
  run(deps: JobDeps): Promise<Record<string, unknown>>;
}
