// A delivery of a shop, from the wire to its effect.

import { mayBeDone } from '../domain/databaseFault.js';
import { type Delivery, keptHeaders } from '../domain/delivery.js';
import type { Incoming, ShopAdapter } from '../shops/port.js';
import type { PurchaseStore, Recorded } from '../store/purchases/index.js';
import { type RecordingDeps, recordDelivery } from './recordDelivery.js';
import type { Turns } from './turns.js';

export interface ReceiveDeps extends RecordingDeps {
  purchases: PurchaseStore;
  turns: Turns;
  /** Applies an event of the inbox that was only kept, as soon as there is a turn for it. */
  applyLater(eventId: string): void;
}

export type Received =
  | { kind: 'forged' }
  | { kind: 'ping' }
  /** `returnTo`: where the buyer goes on who brought it. */
  | { kind: 'recorded'; recorded: Recorded; returnTo?: string | undefined };

/** A signed time may differ from ours by this, in both directions. */
const MOST_SKEW_MS = 300_000;
/** A shop is answered within a second, whatever comes at once: who waited this long is kept, and applied after. */
const PATIENCE_MS = 400;
/** The shop waits: what it cannot tell us by then is asked again by a job. */
const ASKING_MS = 600;

export async function receivePurchase(
  shop: ShopAdapter,
  incoming: Incoming,
  deps: ReceiveDeps,
): Promise<Received> {
  const verdict = shop.verify(incoming);
  if (verdict.kind !== 'genuine') return verdict;
  const now = await deps.purchases.now();
  const { signedAt, returnTo } = verdict;
  if (signedAt && Math.abs(now.getTime() - signedAt.getTime()) > MOST_SKEW_MS) {
    return { kind: 'forged' };
  }
  const { body } = incoming;
  const headers = keptHeaders(incoming.headers, shop.keptHeaders);
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
  if (!(await deps.turns.take(PATIENCE_MS))) return keepForLater(delivery, deps);
  try {
    const options = { timeoutMs: ASKING_MS, now };
    return (await recordDelivery(shop, delivery, options, deps)) as Recorded;
  } catch (error) {
    // The answer was lost: it may be applied, and whoever reports it again finds out.
    if (mayBeDone(error)) throw error;
    // Another's lock, or too much at once. The shop may never report it again: only if it cannot even be
    // kept, the database is away.
    return await keepForLater(delivery, deps);
  } finally {
    deps.turns.giveBack();
  }
}

async function keepForLater(delivery: Delivery, deps: ReceiveDeps): Promise<Recorded> {
  const recorded = await deps.purchases.keep(delivery, 'many came at once');
  deps.applyLater(recorded.eventId);
  return recorded;
}
