// A delivery of a shop, from the wire to its effect.

import { type Delivery, keptHeaders, type Reading } from '../domain/delivery.js';
import type { Incoming, ShopAdapter } from '../shops/port.js';
import type { PurchaseStore, Recorded } from '../store/purchases/index.js';
import type { Turns } from './turns.js';

export interface ReceiveDeps {
  purchases: PurchaseStore;
  turns: Turns;
  /** Applies an event of the inbox that was only kept, as soon as there is a turn for it. */
  applyLater(eventId: string): void;
  /** Whether what was thrown is our outage, and not a fault that this delivery finds in us. */
  isOutage(error: unknown): boolean;
  report(error: unknown): void;
}

export type Received =
  | { kind: 'forged' }
  | { kind: 'ping' }
  | { kind: 'recorded'; recorded: Recorded };

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
  const { signedAt } = verdict;
  if (signedAt && Math.abs(now.getTime() - signedAt.getTime()) > MOST_SKEW_MS) {
    return { kind: 'forged' };
  }
  const { body } = incoming;
  const delivery: Delivery = { shop: shop.shop, body, headers: keptHeaders(incoming.headers) };
  if (!(await deps.turns.take(PATIENCE_MS))) {
    const recorded = await deps.purchases.keep(delivery, 'many came at once');
    deps.applyLater(recorded.eventId);
    return { kind: 'recorded', recorded };
  }
  try {
    const reading = await shop.read(delivery, { timeoutMs: ASKING_MS, now });
    return { kind: 'recorded', recorded: await deps.purchases.record(delivery, reading) };
  } catch (error) {
    if (deps.isOutage(error)) throw error;
    // The shop can do nothing about it, and would only switch its webhook off: a person looks at it.
    deps.report(error);
    return { kind: 'recorded', recorded: await deps.purchases.record(delivery, OUR_FAULT) };
  } finally {
    deps.turns.giveBack();
  }
}

const OUR_FAULT: Reading = {
  topic: 'unknown',
  deliveryId: '',
  reports: [],
  problem: { kind: 'failed', reason: 'a fault of ours: see the log, then replay it' },
};
