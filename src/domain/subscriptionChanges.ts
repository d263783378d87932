// A subscription that was changed is for other things from then on. Its shop charges for that at once, with
// the next invoice, or not at all; either way the change counts within the time that is paid for already.

import { earlierOf, laterOf } from './instant.js';
import type { PurchaseFact, SubscribedItem } from './purchase.js';

/** Until the next change, or the end of the paid time that the change lies in. */
export function timesOfChanges(facts: PurchaseFact[]): PurchaseFact[] {
  const changes = facts
    .filter(fact => fact.kind === 'changed')
    .sort((one, other) => one.occurredAt.getTime() - other.occurredAt.getTime());
  return changes.flatMap((change, index) => {
    const paidUntil = paidUntilAt(change.occurredAt, facts);
    if (!paidUntil) return [];
    const later = changes.slice(index + 1);
    return (change.items ?? []).flatMap(item => {
      const dropped = later.find(({ items }) => !hasItem(items ?? [], item));
      const endsAt = earlierOf(dropped?.occurredAt ?? paidUntil, paidUntil);
      return endsAt > change.occurredAt ? [timeOf(change, item, endsAt)] : [];
    });
  });
}

function hasItem(items: SubscribedItem[], { lineId, quantity }: SubscribedItem): boolean {
  return items.some(item => item.lineId === lineId && item.quantity >= quantity);
}

/** The end of the paid time that an instant lies in. What was credited of it meanwhile changes no period. */
function paidUntilAt(instant: Date, facts: PurchaseFact[]): Date | undefined {
  return facts
    .flatMap(({ kind, paidTime }) =>
      kind !== 'credited' && paidTime && paidTime.startsAt <= instant && paidTime.endsAt > instant
        ? [paidTime.endsAt]
        : [],
    )
    .reduce<Date | undefined>((latest, end) => laterOf(latest ?? end, end), undefined);
}

function timeOf(change: PurchaseFact, item: SubscribedItem, endsAt: Date): PurchaseFact {
  const { shop, orderId, occurredAt, reference } = change;
  return {
    shop,
    orderId,
    lineId: item.lineId,
    kind: 'renewed',
    reference: `changed ${reference}`,
    occurredAt,
    products: item.products,
    quantity: item.quantity,
    paidTime: { startsAt: occurredAt, endsAt },
    isTimeOnly: true,
  };
}
