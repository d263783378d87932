// Records facts directly in the store, as several replicas would.

import { randomBytes } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import type { Catalog } from '../../src/domain/catalog.js';
import { findPlan } from '../../src/domain/catalog.js';
import { type Entitlements, foldPurchases } from '../../src/domain/foldPurchases.js';
import {
  findProduct,
  lineKey,
  type PurchaseFact,
  type PurchaseLine,
  type PurchaseReport,
  termsOf,
} from '../../src/domain/purchase.js';
import { PrismaClient } from '../../src/store/generated/client.js';
import { createPurchaseStore, type PurchaseStore } from '../../src/store/purchases/index.js';
import { createKeyVault } from '../../src/store/secrets/keyVault.js';
import type { TestDatabase } from '../harness/testDatabase.js';

export const settings = { timeZone: 'UTC', graceDays: 0, subscriptionGraceDays: 3 };

export function openReplicas(
  database: TestDatabase,
  catalog: Catalog,
  count: number,
): { stores: PurchaseStore[]; close(): Promise<void> } {
  const vault = createKeyVault({ pepper: 'p'.repeat(32), encryptionKey: randomBytes(32) });
  const clients = Array.from({ length: count }, () =>
    database.url
      ? new PrismaClient({ adapter: new PrismaPg({ connectionString: database.url, max: 4 }) })
      : database.prisma,
  );
  const stores = clients.map(prisma =>
    createPurchaseStore({ ...settings, prisma, vault, catalog: () => catalog }),
  );
  return {
    stores,
    async close() {
      if (!database.url) return;
      for (const client of clients) await client.$disconnect();
    },
  };
}

export function deliver(
  store: PurchaseStore,
  fact: PurchaseFact,
  buyer: PurchaseReport['buyer'],
): Promise<{ outcome: string }> {
  const { shop, orderId } = fact;
  const delivery = { shop, body: Buffer.from('{}'), headers: {} };
  const reports = [{ shop, orderId, buyer, facts: [fact] }];
  return store.record(delivery, { topic: fact.kind, deliveryId: '', reports, orderId });
}

/** The result of the facts according to the domain alone. */
export function oracle(facts: PurchaseFact[], catalog: Catalog, now: Date): Entitlements {
  const lines = new Map<string, PurchaseLine>();
  for (const fact of facts) {
    const product = fact.products && findProduct(catalog, fact.products);
    if (!product) continue;
    const { shop, orderId, lineId } = fact;
    lines.set(lineKey(fact), { shop, orderId, lineId, terms: termsOf(product) });
  }
  const rankOf = (plan: string) => findPlan(catalog, plan)?.rank ?? 0;
  const { graceDays, subscriptionGraceDays } = settings;
  return foldPurchases([...lines.values()], facts, {
    rankOf,
    given: null,
    graceDays,
    subscriptionGraceDays,
    now,
  });
}

export interface Found {
  plan: string | null;
  endsAt: string | null;
  /** By product and order line; empty without a license. */
  entitled: Record<string, number>;
}

/** Leaves out empty grants: an order of which nothing stands may never have got one. */
function counting(entries: Array<[string | undefined, number]>): Record<string, number> {
  return Object.fromEntries(entries.filter(([, units]) => units > 0));
}

/** What an account has, in the form of the oracle. */
export async function found({ prisma }: TestDatabase, email: string): Promise<Found> {
  const license = await prisma.license.findFirst({
    where: { account: { email } },
    include: { grants: { include: { line: true } } },
  });
  const isActive = license?.state === 'active';
  return {
    plan: isActive ? license.plan : null,
    endsAt: isActive ? (license.expiresAt?.toISOString() ?? null) : null,
    entitled: counting(
      (license?.grants ?? []).map(grant => [
        grant.line?.orderId.split('-')[1],
        Number(grant.entitled),
      ]),
    ),
  };
}

export function inWords(entitlements: Entitlements, hasLicense: boolean): Found {
  return {
    plan: entitlements.plan,
    endsAt: entitlements.plan === null ? null : (entitlements.endsAt?.toISOString() ?? null),
    entitled: hasLicense
      ? counting(
          entitlements.addons.map(({ line, entitled }) => [line.orderId.split('-')[1], entitled]),
        )
      : {},
  };
}
