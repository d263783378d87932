// A subscription that was changed is for other things from then on. Its shop charges for that at once, with
// the next invoice, or not at all; either way the change counts within the time that is paid for already.

import { groupOf, type PurchaseFact, type SubscribedItem } from './purchase.js';

/** Until the end of the paid time that the change lies in, unless a later change replaces it. */
export function timesOfChanges(facts: PurchaseFact[]): PurchaseFact[] {
  const changes = facts
    .filter(fact => fact.kind === 'changed')
    .sort((one, other) => one.occurredAt.getTime() - other.occurredAt.getTime());
  return changes.flatMap((change, index) => {
    const paid = paidAt(change.occurredAt, facts);
    const later = changes.slice(index + 1);
    return (change.items ?? []).flatMap(item => {
      const payment = paid.findLast(({ lineId }) => lineId === item.lineId) ?? paid.at(-1);
      if (!payment) return [];
      const replaced = later.find(({ items }) => !hasItem(items ?? [], item));
      return [timeOf(change, item, payment, replaced?.occurredAt)];
    });
  });
}

function hasItem(items: SubscribedItem[], { lineId, quantity }: SubscribedItem): boolean {
  return items.some(item => item.lineId === lineId && item.quantity >= quantity);
}

type Paid = PurchaseFact & Required<Pick<PurchaseFact, 'paidTime'>>;

/**
 * The payments whose time an instant lies in, that which begins last at the end. What was credited of it
 * meanwhile changes no period.
 */
function paidAt(instant: Date, facts: PurchaseFact[]): Paid[] {
  return facts
    .filter((fact): fact is Paid => fact.kind !== 'credited' && fact.paidTime !== undefined)
    .filter(({ paidTime }) => paidTime.startsAt <= instant && paidTime.endsAt > instant)
    .sort((one, other) => one.paidTime.startsAt.getTime() - other.paidTime.startsAt.getTime());
}

/** Taken back with the payment that it lies in. */
function timeOf(
  change: PurchaseFact,
  item: SubscribedItem,
  paid: Paid,
  replacedAt: Date | undefined,
): PurchaseFact {
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
    paidTime: { startsAt: occurredAt, endsAt: paid.paidTime.endsAt },
    ...(replacedAt && { replacedAt }),
    payment: groupOf(paid),
    isTimeOnly: true,
  };
}
