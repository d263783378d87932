// Compares years of buyers in the shops' own books with what the database makes of their events, as its clock goes on.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Catalog } from '../../src/domain/catalog.js';
import { findLedgerProblems } from '../../src/store/ledger/verify.js';
import type { PurchaseStore } from '../../src/store/purchases/index.js';
import { openTestDatabase, shiftClock, type TestDatabase } from '../harness/testDatabase.js';
import { differences, type Has, type Holder } from '../shopBooks/compare.js';
import { addUnits, moneyOf, sumsOf } from '../shopBooks/expectation.js';
import { loadBooksCatalog } from '../shopBooks/goods.js';
import { type Keeper, makeHistory, play } from '../shopBooks/play.js';
import { openReplicas } from './purchaseFixture.js';

const HISTORIES = Math.ceil(Number(process.env.HISTORIES ?? 60) / 4);
const seed = Number(process.env.PROPERTY_SEED ?? Math.floor(Math.random() * 2 ** 31));

let database: TestDatabase;
let catalog: Catalog;
let replicas: ReturnType<typeof openReplicas>;
beforeAll(async () => {
  database = await openTestDatabase();
  catalog = await loadBooksCatalog();
  replicas = openReplicas(database, catalog, 1);
});
afterAll(async () => {
  await replicas.close();
  await database.close();
});

async function setClock(instant: number): Promise<void> {
  const seconds = ((instant - Date.now()) / 1000).toFixed(3);
  await shiftClock(database.prisma, `${seconds} seconds`);
}

const keeper: Keeper = {
  now: setClock,
  async keep(delivery, reading, eventId) {
    const [store] = replicas.stores as [PurchaseStore];
    const isAsked = reading.topic === 'order.reconciled';
    // As the job that compares orders does.
    if (isAsked && reading.problem?.kind === 'ignored') return undefined;
    const options = { dropDuplicate: isAsked, ...(eventId !== undefined && { eventId }) };
    return (await store.record(delivery, reading, options)).eventId;
  },
};

const holder: Holder = {
  async at(instant) {
    await setClock(instant);
    const [store] = replicas.stores as [PurchaseStore];
    while ((await store.refresh(100, fail)) > 0);
    const licenses = await database.prisma.license.findMany({ include: { grants: true } });
    expect(licenses.length).toBeLessThan(2);
    const [license] = licenses;
    if (!license) return { plan: null, endsAt: null, units: null };
    const { plan, expiresAt, state } = license;
    const runs = state === 'active' && (expiresAt === null || expiresAt.getTime() > instant);
    return { plan: runs ? plan : null, endsAt: expiresAt, units: await unitsOf() };
  },
  async sums() {
    const moved = await database.prisma.purchaseMovement.findMany();
    return sumsOf(moved.map(moneyOf));
  },
  async failed() {
    const events = await database.prisma.purchaseEvent.findMany({ where: { outcome: 'failed' } });
    return new Set(events.map(({ orderId }) => orderId ?? '?'));
  },
};

async function unitsOf(): Promise<NonNullable<Has['units']>> {
  const grants = await database.prisma.$queryRaw<
    Array<{ order_id: string; product_id: string; entitled: number }>
  >`SELECT coalesce(orders.same_as, orders.order_id) AS order_id, line.product_id,
      pack.entitled::float8 AS entitled
    FROM license_grant pack JOIN purchase_line line ON line.id = pack.purchase_line_id
    JOIN purchase_order orders USING (shop, order_id) WHERE pack.state IN ('active', 'waiting')`;
  const units = new Map<string, number>();
  for (const { order_id, product_id, entitled } of grants) {
    addUnits(units, `${order_id} ${product_id}`, entitled);
  }
  return units;
}

function fail(error: unknown): never {
  throw error;
}

test(`the database agrees with the shops' books (${HISTORIES} histories, seed ${seed})`, async () => {
  for (let number = 0; number < HISTORIES; number++) {
    await database.prisma.$executeRaw`
        TRUNCATE account, license, purchase_order, purchase_event, purchase_fact, purchase_line,
          purchase_movement, license_grant, quota_period, shop_customer, notice, audit_entry CASCADE`;
    const played = await play(makeHistory(seed + number), keeper);
    const found = await differences(played, holder);
    const problems = await findLedgerProblems(database.prisma);
    if (found.length === 0 && problems.length === 0) continue;
    const words = [...played.words, ...found, ...problems.map(each => JSON.stringify(each))];
    throw new Error(`history ${seed + number}\n${words.join('\n')}`);
  }
}, 1_200_000);
