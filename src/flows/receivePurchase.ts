// Handles a shop's delivery, from the request to its effect.

import { mayBeDone } from '../domain/databaseFault.js';
import { type Delivery, keptHeaders, shopNameHeader } from '../domain/delivery.js';
import type { Incoming, ShopAdapter } from '../shops/port.js';
import type { PurchaseStore, Recorded } from '../store/purchases/index.js';
import type { Places } from './places.js';
import { type RecordingDeps, recordDelivery } from './recordDelivery.js';

export interface ReceiveDeps extends RecordingDeps {
  purchases: PurchaseStore;
  places: Places;
  /** Applies an event that was only stored, as soon as a place is free. */
  applyLater(eventId: string): void;
}

/** Why a delivery is not believed. `time`: its signed time is too far from now. */
export type ForgedWhy = 'unsigned' | 'signature' | 'time';

export type Received =
  | { kind: 'forged'; why: ForgedWhy }
  | { kind: 'ping' }
  /** `returnTo`: where to send the buyer on, if the buyer's browser brought the delivery. */
  | { kind: 'recorded'; recorded: Recorded; returnTo?: string | undefined };

/** A signed time may differ from ours by at most this, in both directions. */
const MOST_SKEW_MS = 300_000;
/**
 * A shop gets an answer within a second, however many deliveries come at once. A delivery that waits longer than this
 * for a place is only stored, and applied later.
 */
const PATIENCE_MS = 400;
/** The shop waits for our answer, so asking it for details may take only this long. A job asks again later. */
const ASKING_MS = 600;

export async function receivePurchase(
  shop: ShopAdapter,
  incoming: Incoming,
  deps: ReceiveDeps,
): Promise<Received> {
  const verdict = shop.verify(incoming);
  if (verdict.kind === 'ping') return verdict;
  if (verdict.kind === 'forged') {
    return { kind: 'forged', why: shop.isSigned(incoming.headers) ? 'signature' : 'unsigned' };
  }
  const now = await deps.purchases.now();
  const { signedAt, returnTo } = verdict;
  if (signedAt && Math.abs(now.getTime() - signedAt.getTime()) > MOST_SKEW_MS) {
    return { kind: 'forged', why: 'time' };
  }
  const { body } = incoming;
  const headers = {
    ...keptHeaders(incoming.headers, shop.keptHeaders),
    ...shopNameHeader(shop.name),
  };
  const delivery: Delivery = { shop: shop.shop, body, headers };
  const recorded = await applyInTurn(shop, delivery, now, deps);
  return { kind: 'recorded', recorded, returnTo };
}

async function applyInTurn(
  shop: ShopAdapter,
  delivery: Delivery,
  now: Date,
  deps: ReceiveDeps,
): Promise<Recorded> {
  if (!(await deps.places.take(PATIENCE_MS))) return keepForLater(delivery, deps);
  try {
    const options = { timeoutMs: ASKING_MS, now };
    return (await recordDelivery(shop, delivery, options, deps)) as Recorded;
  } catch (error) {
    // The database's answer was lost, so the delivery may have been applied. When the shop sends it again, we know.
    if (mayBeDone(error)) throw error;
    // Another transaction's lock, or too much load. The shop may never send it again, so it is stored. If that fails
    // too, the database is away.
    return await keepForLater(delivery, deps);
  } finally {
    deps.places.giveBack();
  }
}

async function keepForLater(delivery: Delivery, deps: ReceiveDeps): Promise<Recorded> {
  const recorded = await deps.purchases.keep(delivery, 'many came at once');
  deps.applyLater(recorded.eventId);
  return recorded;
}
