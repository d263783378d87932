// Facts may arrive in any order, repeatedly, and at any replica: the entitlements are always the same, and
// those that the fold computes.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { loadCatalog } from '../../src/catalog/load.js';
import type { Catalog } from '../../src/domain/catalog.js';
import type { FactKind, PurchaseFact } from '../../src/domain/purchase.js';
import { findLedgerProblems } from '../../src/store/ledger/verify.js';
import { openTestDatabase, type TestDatabase } from '../harness/testDatabase.js';
import { deliver, found, inWords, openReplicas, oracle } from './purchaseFixture.js';

let database: TestDatabase;
let catalog: Catalog;
let replicas: ReturnType<typeof openReplicas>;
beforeAll(async () => {
  database = await openTestDatabase();
  catalog = await loadCatalog('catalog');
  replicas = openReplicas(database, catalog, 3);
});
afterAll(async () => {
  await replicas.close();
  await database.close();
});

const DAY_MS = 86_400_000;
const today = Math.floor(Date.now() / 1000) * 1000;

type Said = [order: string, kind: FactKind, daysAgo: number, more?: Partial<PurchaseFact>];
const products = (id: string, quantity = 1) => ({ products: [`id:${id}`], quantity });

const SETS: Record<string, Said[]> = {
  'a GPT add-on waits for VIP, and PRO came first': [
    ['pro', 'bought', 20, products('pro-month')],
    ['gpt', 'bought', 15, products('516', 2)],
    ['vip', 'bought', 10, products('vip-month')],
  ],
  'an add-on is refunded in part and in full': [
    ['vip', 'bought', 20, products('vip-month')],
    ['pack', 'bought', 15, products('405', 2)],
    ['pack', 'refunded', 14, { reference: 'a', quantity: 1 }],
    ['pack', 'refunded', 13, { reference: 'b', quantity: 1 }],
  ],
  'an upgrade is disputed and won, and an add-on cancelled': [
    ['pro', 'bought', 20, products('pro-year')],
    ['vip', 'bought', 15, products('vip-month')],
    ['vip', 'disputed', 12, { reference: 'd' }],
    ['vip', 'dispute_won', 3, { reference: 'd' }],
    ['pack', 'cancelled', 2],
  ],
  'a renewal, a refund of it, an add-on and a refund of the upgrade': [
    ['pro', 'bought', 25, products('pro-month')],
    ['pro', 'renewed', 2, { ...products('pro-month'), reference: 'r' }],
    ['pack', 'bought', 10, products('404')],
    ['vip', 'bought', 9, products('vip-month')],
    ['vip', 'refunded', 5],
    ['pro', 'refunded', 1, { about: 'r' }],
  ],
};

let accounts = 0;

/** Delivers the facts in this order, in bursts of three, one at each replica; then compares. */
async function play(said: Said[], order: number[]): Promise<void> {
  const account = `${++accounts}`;
  const email = `order-${account}@example.com`;
  const facts = said.map(
    ([orderId, kind, daysAgo, more]): PurchaseFact => ({
      shop: 'signed',
      orderId: `${account}-${orderId}`,
      lineId: '1',
      kind,
      reference: '',
      occurredAt: new Date(today - daysAgo * DAY_MS),
      ...more,
    }),
  );
  for (let at = 0; at < order.length; at += 3) {
    const burst = order.slice(at, at + 3);
    await Promise.all(
      burst.map((index, replica) =>
        deliver(replicas.stores[replica] as never, facts[index] as PurchaseFact, { email }),
      ),
    );
  }
  const license = await database.prisma.license.count({ where: { account: { email } } });
  const expected = inWords(oracle(facts, catalog, new Date()), license > 0);
  expect(license).toBe(1);
  expect(await found(database, email)).toEqual(expected);
}

function permutations(items: number[]): number[][] {
  if (items.length < 2) return [items];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map(rest => [item, ...rest]),
  );
}

/** Repeats some of the facts, up to three times in all, at places that the seed chooses. */
function repeated(order: number[], seed: number): number[] {
  const [again = order] = fc.sample(
    fc.shuffledSubarray([...order, ...order], { minLength: 1, maxLength: 3 }),
    { numRuns: 1, seed },
  );
  return order.flatMap((item, index) => [
    item,
    ...(again[index] === undefined ? [] : [again[index]]),
  ]);
}

const exhaustive = Object.entries(SETS).filter(([, said]) => said.length <= 5);
test.each(exhaustive)('in every order: %s', async (_name, said) => {
  const orders = permutations(said.map((_fact, index) => index));
  for (const [seed, order] of orders.entries()) {
    await play(said, seed % 2 ? order : repeated(order, seed));
  }
});

const sampled = Object.entries(SETS).filter(([, said]) => said.length > 5);
test.each(sampled)('in sampled orders: %s', async (_name, said) => {
  const all = said.flatMap((_fact, index) => [index, index, index]);
  const seed = Date.now() % 1_000_000;
  console.info(`seed ${seed}`);
  const orders = fc.sample(fc.shuffledSubarray(all, { minLength: all.length }), {
    numRuns: 8,
    seed,
  });
  for (const order of orders) await play(said, order);
});

test('the ledger is right after all of it', async () => {
  expect(await findLedgerProblems(database.prisma)).toEqual([]);
});
