// Faults of the past, planted into the readings of events. The test must find each.

import type { Reading } from '../../src/domain/delivery.js';
import {
  DELETED,
  ENDED,
  type PurchaseFact,
  type PurchaseReport,
} from '../../src/domain/purchase.js';
import type { Plant } from './memoryKeeper.js';

/** Made anew for each history: some remember. */
export const PLANTS: Record<string, () => Plant> = {
  'a deleted order goes on': () =>
    withFacts(facts =>
      facts.flatMap(fact => {
        if (isDeletion(fact)) return [];
        const inTrash = fact.statement?.facts.some(({ reference }) => reference === 'trash');
        return inTrash ? [] : [fact];
      }),
    ),
  'one payment that two objects tell of is two': () =>
    withReports(({ sameAs: _, partOf: __, ...report }) => report),
  'credits of changes are left out': () =>
    withFacts(facts => facts.filter(({ kind }) => kind !== 'credited')),
  'changes count with the next invoice': () =>
    withFacts(facts => facts.filter(({ kind, pending }) => kind !== 'changed' && !pending)),
  'the end of a subscription takes its packs': () =>
    withFacts(facts =>
      facts.map(fact => (fact.reference === ENDED ? { ...fact, reference: 'canceled' } : fact)),
    ),
  'an order is what it was when it was paid': () => {
    const first = new Map<string, PurchaseFact[]>();
    return withFacts(facts =>
      facts.map(fact =>
        withStated(fact, stated => {
          const sold = stated.filter(({ products }) => products);
          if (!first.has(fact.orderId)) first.set(fact.orderId, sold);
          return [
            ...(first.get(fact.orderId) ?? []),
            ...stated.filter(({ products }) => !products),
          ];
        }),
      ),
    );
  },
  'a refund that is deleted stays': () => {
    const known = new Map<string, Map<string, PurchaseFact>>();
    return withFacts(facts =>
      facts.map(fact =>
        withStated(fact, stated => {
          const refunds = known.get(fact.orderId) ?? new Map<string, PurchaseFact>();
          known.set(fact.orderId, refunds);
          for (const each of stated.filter(({ kind }) => kind === 'refunded')) {
            refunds.set(`${each.lineId} ${each.reference}`, each);
          }
          return [...stated.filter(({ kind }) => kind !== 'refunded'), ...refunds.values()];
        }),
      ),
    );
  },
};

function isDeletion({ kind, reference }: PurchaseFact): boolean {
  return kind === 'cancelled' && reference.startsWith(DELETED);
}

function withReports(change: (report: PurchaseReport) => PurchaseReport): Plant {
  return (reading: Reading) => ({ ...reading, reports: reading.reports.map(change) });
}

function withFacts(change: (facts: PurchaseFact[]) => PurchaseFact[]): Plant {
  return withReports(report => ({ ...report, facts: change(report.facts) }));
}

function withStated(
  fact: PurchaseFact,
  change: (stated: PurchaseFact[]) => PurchaseFact[],
): PurchaseFact {
  const { statement } = fact;
  return statement
    ? { ...fact, statement: { ...statement, facts: change(statement.facts) } }
    : fact;
}
