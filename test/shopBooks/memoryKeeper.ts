// Stores readings in memory in the way of the store: an order by all of its ids, each fact once.

import type { Catalog } from '../../src/domain/catalog.js';
import type { Reading } from '../../src/domain/delivery.js';
import { foldPurchases } from '../../src/domain/foldPurchases.js';
import { movementsOf } from '../../src/domain/orderMoney.js';
import { factsThatCount } from '../../src/domain/orderState.js';
import {
  factKey,
  findProduct,
  lineKey,
  type PurchaseFact,
  type PurchaseLine,
  type PurchaseReport,
  termsOf,
} from '../../src/domain/purchase.js';
import type { Holder } from './compare.js';
import { addUnits, type Money, moneyOf, sumsOf } from './expectation.js';
import type { Keeper } from './play.js';

export type Plant = (reading: Reading) => Reading;

export function createMemoryKeeper(catalog: Catalog, plant: Plant = same => same): Keeper & Holder {
  const facts = new Map<string, PurchaseFact>();
  const countsAs = new Map<string, string>();
  const failed = new Set<string>();

  function keepReport({ shop, orderId, partOf, sameAs = [], facts: told }: PurchaseReport): void {
    const id = partOf ?? orderId;
    const counting = countsAs.get(`${shop} ${id}`) ?? id;
    for (const other of [orderId, id, ...sameAs]) {
      if (other !== counting) countsAs.set(`${shop} ${other}`, counting);
    }
    for (const fact of told) {
      const key = factKey(fact);
      if (!facts.has(key)) facts.set(key, fact);
    }
  }

  function orders(): PurchaseFact[][] {
    const byOrder = new Map<string, PurchaseFact[]>();
    for (const fact of facts.values()) {
      const { shop, orderId: toldAs } = fact;
      const orderId = countsAs.get(`${shop} ${toldAs}`) ?? toldAs;
      const key = `${shop} ${orderId}`;
      const counted = orderId === toldAs ? fact : { ...fact, orderId, toldAs };
      byOrder.set(key, [...(byOrder.get(key) ?? []), counted]);
    }
    return [...byOrder.values()];
  }

  function linesOf(ofOrder: PurchaseFact[]): PurchaseLine[] {
    const lines = new Map<string, PurchaseLine>();
    for (const fact of factsThatCount(ofOrder)) {
      const product = fact.products && findProduct(catalog, fact.products);
      if (!product) continue;
      const { shop, orderId, lineId, soldAs } = fact;
      const line = { shop, orderId, lineId, ...(soldAs && { soldAs }), terms: termsOf(product) };
      lines.set(lineKey(line), line);
    }
    return [...lines.values()];
  }

  return {
    failed: async () => failed,
    async keep(_delivery, told) {
      const reading = plant(told);
      for (const report of reading.reports) keepReport(report);
      const order = reading.reports[0]?.orderId ?? reading.orderId;
      if (reading.problem?.kind === 'failed') failed.add(order ?? '?');
      return undefined;
    },
    async at(instant) {
      const all = orders();
      const { plan, endsAt, addons } = foldPurchases(all.flatMap(linesOf), all.flat(), {
        rankOf: plan => catalog.plans.get(plan)?.rank ?? 0,
        given: null,
        graceDays: 0,
        subscriptionGraceDays: 3,
        now: new Date(instant),
      });
      const units = new Map<string, number>();
      for (const { line, entitled, isPaid } of addons) {
        if (isPaid) addUnits(units, `${line.orderId} ${line.terms.id}`, entitled);
      }
      return { plan, endsAt, units };
    },
    async sums() {
      const money: Money[] = orders()
        .filter(order => linesOf(order).length > 0)
        .flatMap(movementsOf)
        .map(moneyOf);
      return sumsOf(money);
    },
  };
}
