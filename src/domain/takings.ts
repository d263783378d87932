// What takes back: refunds, disputes, cancellations and credits, as far as they are in force.

import { type Amount, DELETED, ENDED, groupOf, type PurchaseFact } from './purchase.js';

/** A refund, dispute or cancellation that is in force, and the payment that it concerns (null for any). */
export interface Taking {
  kind: 'refund' | 'dispute' | 'cancellation';
  at: number;
  about: string | null;
  quantity?: number;
  units?: number;
  amount?: Amount;
  currency?: string;
  /** The payment that credited this, and what was paid with it. */
  credit?: { group: string; money: number };
}

/** What a line sells: time that runs out by itself, or units that stay until they are used. */
export type Sells = 'time' | 'units';

export function takingsIn(facts: PurchaseFact[], sells: Sells): Taking[] {
  const restored = facts.filter(fact => fact.kind === 'restored');
  const isUndone = ({ kind, reference, occurredAt }: PurchaseFact) =>
    restored.some(fact => fact.about === reference && reference !== '') ||
    (kind === 'cancelled' &&
      restored.some(fact => isOfOrder(fact) && fact.occurredAt > occurredAt));
  const won = new Set(
    facts.filter(fact => fact.kind === 'dispute_won').map(fact => fact.reference),
  );
  const open = new Set<string>();
  const takingsOf = (fact: PurchaseFact): Taking[] => {
    switch (fact.kind) {
      case 'refunded':
        return isUndone(fact) ? [] : [takingOf('refund', withoutFailed(fact, facts))];
      case 'cancelled':
        if (isUndone(fact) || (sells === 'units' && fact.reference === ENDED)) return [];
        return [takingOf('cancellation', fact)];
      case 'credited':
        return sells === 'units' ? [creditOf(fact)] : [];
      case 'disputed':
      case 'dispute_lost':
        // A dispute that was opened and then lost is one dispute, from its beginning.
        if (won.has(fact.reference) || open.has(fact.reference)) return [];
        open.add(fact.reference);
        return [takingOf('dispute', fact)];
      case 'bought':
      case 'renewed':
      case 'restored':
      case 'dispute_won':
      case 'stated':
      case 'changed':
        return [];
    }
  };
  return [...facts]
    .sort((one, other) => one.occurredAt.getTime() - other.occurredAt.getTime())
    .flatMap(takingsOf);
}

/** A total that was told before one of its refunds failed must not include that refund. */
function withoutFailed(fact: PurchaseFact, facts: PurchaseFact[]): PurchaseFact {
  if (!fact.amount?.isTotal) return fact;
  const part = Math.max(0, fact.amount.part - failedMoney(facts, fact.about));
  return { ...fact, amount: { ...fact.amount, part } };
}

/** The money of refunds that failed; of the payment that `about` names, as far as it is told which they were of. */
export function failedMoney(facts: PurchaseFact[], about: string | undefined): number {
  return facts
    .filter(({ kind }) => kind === 'restored')
    .filter(({ payment = about }) => about === undefined || payment === about)
    .reduce((sum, { amount }) => sum + (amount?.part ?? 0), 0);
}

export function creditOf(fact: PurchaseFact): Taking {
  const credit = { group: groupOf(fact), money: fact.amount?.whole ?? 0 };
  return { ...takingOf('refund', fact), credit };
}

/** True where the order's state was restored, and not a single refund. */
function isOfOrder(fact: PurchaseFact): boolean {
  return fact.about === undefined || fact.about === DELETED;
}

function takingOf(kind: Taking['kind'], fact: PurchaseFact): Taking {
  const { quantity, units } = fact;
  // Where the shop says how many items or units go back, its amount must not take them a second time.
  const isCounted = quantity !== undefined || units !== undefined;
  const amount = isCounted ? undefined : fact.amount;
  return {
    kind,
    at: fact.occurredAt.getTime(),
    about: fact.about ?? null,
    ...(quantity !== undefined && { quantity }),
    ...(units !== undefined && { units }),
    ...(amount !== undefined && { amount }),
    ...(fact.currency !== undefined && { currency: fact.currency }),
  };
}
