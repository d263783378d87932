// Shops with names, beside one without: `second/900` is the order 900 of the shop `second`. For the rest of the code
// they are one shop, because their ids are never equal.

import type { Product } from '../domain/catalog.js';
import type { Reading } from '../domain/delivery.js';
import type { PurchaseFact, PurchaseReport } from '../domain/purchase.js';
import { idsIn, type Shop } from '../domain/shop.js';
import type { ShopAdapter, ShopCheck, WriteKeyNote } from './port.js';

/** Wraps an adapter, and puts the shop's name before the ids of orders, customers and products. */
export function namedAdapter(adapter: ShopAdapter, name: string): ShopAdapter {
  return {
    ...adapter,
    name: `${adapter.shop}/${name}`,
    read: async (delivery, options) => namedReading(await adapter.read(delivery, options), name),
  };
}

function namedReading({ orderId, reports, ...reading }: Reading, name: string): Reading {
  return {
    ...reading,
    ...(orderId !== undefined && { orderId: `${name}/${orderId}` }),
    reports: reports.map(report => namedReport(report, name)),
  };
}

function namedReport(report: PurchaseReport, name: string): PurchaseReport {
  const { orderId, buyer, facts, sameAs, partOf } = report;
  const { customerId } = buyer;
  return {
    ...report,
    orderId: `${name}/${orderId}`,
    buyer: { ...buyer, ...(customerId !== undefined && { customerId: `${name}/${customerId}` }) },
    facts: facts.map(fact => namedFact(fact, name)),
    ...(sameAs && { sameAs: sameAs.map(id => `${name}/${id}`) }),
    ...(partOf !== undefined && { partOf: `${name}/${partOf}` }),
  };
}

function namedFact(fact: PurchaseFact, name: string): PurchaseFact {
  const { shop, orderId, products, soldAs, toldAs, items, statement } = fact;
  // `woocommerce:404` becomes `woocommerce:second/404`. Our own ids stay as they are.
  const own = (product: string) =>
    product.startsWith(`${shop}:`) ? `${shop}:${name}/${product.slice(shop.length + 1)}` : product;
  return {
    ...fact,
    orderId: `${name}/${orderId}`,
    ...(products && { products: products.map(own) }),
    ...(soldAs !== undefined && { soldAs: own(soldAs) }),
    ...(toldAs !== undefined && { toldAs: `${name}/${toldAs}` }),
    ...(items && { items: items.map(item => ({ ...item, products: item.products.map(own) })) }),
    ...(statement && {
      statement: { ...statement, facts: statement.facts.map(each => namedFact(each, name)) },
    }),
  };
}

/** The products of one of the shops, with its own ids. `name` is absent for the shop without a name. */
export function soldIn(
  sold: Product[],
  { shop, name, names }: { shop: Shop; name: string | undefined; names: string[] },
): Product[] {
  if (names.length === 0) return sold;
  const ownId = (id: string): string[] => {
    const its = names.find(each => id.startsWith(`${each}/`));
    if (its !== name) return [];
    return [its === undefined ? id : id.slice(its.length + 1)];
  };
  return sold.map(product => {
    const ids = idsIn(product.shops[shop]).flatMap(ownId);
    return { ...product, shops: { ...product.shops, [shop]: ids } };
  });
}

export function namedChecks(checks: ShopCheck[], name: string): ShopCheck[] {
  return checks.map(check => ({ ...check, name: `${name}: ${check.name}` }));
}

/** Writes each note in the shop that has the order, unless that shop wants no notes. */
export function noteWriter(
  unnamed: WriteKeyNote | null,
  named: Array<{ name: string; write: WriteKeyNote | null }>,
): WriteKeyNote | null {
  if (!unnamed && named.every(({ write }) => !write)) return null;
  return async (orderId, note) => {
    const its = named.find(({ name }) => orderId.startsWith(`${name}/`));
    if (its) await its.write?.(orderId.slice(its.name.length + 1), note);
    else await unnamed?.(orderId, note);
  };
}
