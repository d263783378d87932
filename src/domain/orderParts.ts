// Orders of licenses by the piece. A product that always issues a new license gives one for each piece of a line;
// each piece is a part of the order, with its own license, and has its share of what the order's facts say.

import { isOfProduct, isPayment, type PurchaseFact, type PurchaseLine } from './purchase.js';

export interface OrderPart {
  /** Its own id, as it stands in its license's orders: `900 line 12 piece 3`. */
  orderId: string;
  lineId: string;
  soldAs?: string;
  /** From 1 on. */
  piece: number;
}

/** Whether each piece of a line issues a license of its own. */
export function issuesPieces({ terms }: PurchaseLine): boolean {
  return terms.kind === 'plan' && terms.issues === 'new';
}

/**
 * How many pieces of a line were paid for, and how many of them were not taken back by the piece. `counting`: the
 * order's facts that count.
 */
export function piecesOf(
  counting: PurchaseFact[],
  line: Pick<PurchaseLine, 'lineId' | 'soldAs'>,
): { paid: number; standing: number } {
  const own = counting.filter(fact => fact.lineId === line.lineId && isOfProduct(fact, line));
  // A renewal pays for the same pieces once more.
  const paid = Math.max(0, ...own.filter(isPayment).map(({ quantity = 1 }) => quantity));
  const back = own
    .filter(({ kind }) => kind === 'refunded')
    .reduce((sum, { quantity = 0 }) => sum + quantity, 0);
  return { paid, standing: Math.max(0, paid - back) };
}

/** What an order's facts that count say of one part. Pieces that go back are the last ones. */
export function factsOfPart(counting: PurchaseFact[], part: OrderPart): PurchaseFact[] {
  const { paid, standing } = piecesOf(counting, part);
  return counting.flatMap((fact): PurchaseFact[] => {
    const own = { ...fact, orderId: part.orderId };
    if (fact.lineId !== part.lineId) return fact.lineId === '' ? [own] : [];
    if (!isOfProduct(fact, part)) return [];
    if (isPayment(fact)) return (fact.quantity ?? 1) >= part.piece ? [{ ...own, quantity: 1 }] : [];
    if (fact.kind !== 'refunded' || fact.quantity === undefined) return [own];
    const { quantity: _, ...whole } = own;
    return part.piece > standing && part.piece <= paid ? [whole] : [];
  });
}
