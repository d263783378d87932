// What one order reports: stored, bound to a license, counted, and followed by everything that waited for it.
//
// Rows are locked in one order: account, order, license, quota_period, license_grant.

import type { Catalog } from '../../domain/catalog.js';
import { nothingStands } from '../../domain/foldPurchases.js';
import { newestStatement } from '../../domain/orderState.js';
import { isOwnName, type PurchaseFact, type PurchaseReport } from '../../domain/purchase.js';
import { isShop } from '../../domain/shop.js';
import type { Transaction } from '../database/transaction.js';
import type { PrismaClient } from '../generated/client.js';
import type { KeyVault } from '../secrets/keyVault.js';
import { bindOrder, REVOKED } from './bindOrder.js';
import { type EntitleSettings, entitle } from './entitle.js';
import { insertFacts, type UnderstoodOrder, understandOrder } from './facts.js';
import { type EventResult, readable } from './inbox.js';
import { bookOrder } from './movements.js';
import { type OrderStanding, orderStanding, resultOf } from './orderStanding.js';
import {
  idsOf,
  licenseIdOf,
  lockAccount,
  lockAccountOf,
  lockOrder,
  nameLicense,
  type OrderRow,
  unboundOrders,
} from './orders.js';
import { issueParts } from './parts.js';
import { settleOrder, settleWaiting } from './settling.js';

export interface RecordSettings extends Omit<EntitleSettings, 'catalog'> {
  prisma: PrismaClient;
  catalog: () => Catalog;
  vault: KeyVault;
  /** For tests of crashes: called with the name of every seam that is passed. */
  atSeam?: (seam: Seam) => void;
}

/** The points between which the process may die. */
export const SEAMS = ['begun', 'facts', 'bound', 'entitled', 'kept', 'committed'] as const;
export type Seam = (typeof SEAMS)[number];

/** Begins the reason of every event about an order that an administrator closed. */
export const CLOSED = 'the order is settled: ';

export function closedOrder(note: string, orderId: string): EventResult {
  return { outcome: 'ignored', reason: `${CLOSED}${note}`, orderId };
}

/** Stores what one order reports, and brings all that follows from it up to date. */
export async function applyReport(
  transaction: Transaction,
  settings: RecordSettings,
  told: PurchaseReport,
  eventId: string,
  isReplay = false,
): Promise<EventResult> {
  const at = settings.atSeam ?? (() => {});
  const report = await withLicenseIds(transaction, settings.vault, told);
  const ids = await idsOf(transaction, report);
  const accountId = await lockAccountOf(transaction, ids, report.buyer);
  const order = await lockOrder(transaction, ids, accountId, report.buyer);
  // Another delivery has just told whose order it is. The lock is out of order, and waits as long as any may.
  if (order.accountId && !accountId) await lockAccount(transaction, order.accountId);
  const inserted = await insertFacts(transaction, report.facts, eventId);
  at('facts');
  const { orderId } = order;
  if (order.settled !== null) return closedOrder(order.settled, orderId);
  const isKnown = inserted.length === 0 && order.licenseId !== null && !isReplay;
  if (isKnown) return { outcome: 'duplicate', reason: '', orderId };
  const standing = await bringUpToDate(transaction, settings, order, inserted);
  const result = resultOf(standing, report.buyer);
  // A problem that needs a person is reported with the delivery that caused it, not with each repetition.
  const mayBeTold = result.outcome === 'failed' && !standing.isNewCause && !isReplay;
  const isTold = mayBeTold && (await hasFailedSo(transaction, order, result.reason));
  const hasNewFacts = inserted.length > 0;
  return { ...result, outcome: isTold ? 'duplicate' : result.outcome, orderId, hasNewFacts };
}

async function hasFailedSo(
  transaction: Transaction,
  { shop, orderId }: OrderRow,
  reason: string,
): Promise<boolean> {
  const told = await transaction.$queryRaw<unknown[]>`
    SELECT 1 FROM purchase_event WHERE shop = ${shop} AND order_id = ${orderId}
      AND outcome = 'failed' AND reason = ${readable(reason)} LIMIT 1`;
  return told.length > 0;
}

/** How an order stands that somebody has just changed, and what it gives now. */
export async function standOf(
  transaction: Transaction,
  settings: RecordSettings,
  order: OrderRow,
): Promise<EventResult> {
  const standing = await bringUpToDate(transaction, settings, order, []);
  return { ...resultOf(standing, {}), orderId: order.orderId };
}

/** A key that stands where a license should be named is replaced by the license's id, and never kept. */
async function withLicenseIds(
  transaction: Transaction,
  vault: KeyVault,
  report: PurchaseReport,
): Promise<PurchaseReport> {
  const idOf = async (named: string | undefined) =>
    named === undefined ? undefined : licenseIdOf(transaction, vault, named);
  const buyer = { ...report.buyer };
  const licenseId = await idOf(buyer.licenseId);
  if (licenseId !== undefined) buyer.licenseId = licenseId;
  const facts: PurchaseFact[] = [];
  for (const fact of report.facts) {
    const stated = await idOf(fact.statement?.licenseId);
    facts.push(
      fact.statement && stated !== undefined
        ? { ...fact, statement: { ...fact.statement, licenseId: stated } }
        : fact,
    );
  }
  return { ...report, buyer, facts };
}

/** Binds what can be bound, counts it, and tells how this order stands. */
async function bringUpToDate(
  transaction: Transaction,
  settings: RecordSettings,
  order: OrderRow,
  inserted: PurchaseFact[],
): Promise<OrderStanding> {
  const at = settings.atSeam ?? (() => {});
  const catalog = settings.catalog();
  const understood = await understandOrder(transaction, catalog, order);
  const standing = orderStanding(order, understood, inserted);
  // What a code gives was sold by no shop.
  const isSold = standing.isOurs && isShop(order.shop);
  await bookOrder(transaction, order, isSold ? understood.facts : []);
  const { accountId } = order;
  if (!accountId) return standing;
  const named = await withNamedLicense(transaction, order, understood);
  const licenses = new Set<string>();
  let issued: string | null = null;
  // The order itself comes first: the account's other orders may have waited for the license that it issues.
  const others = (await unboundOrders(transaction, accountId)).filter(
    other => other.shop !== order.shop || other.orderId !== order.orderId,
  );
  for (const each of [named, ...others]) {
    const isThis = each === named;
    const parts = isThis ? understood : await understandOrder(transaction, catalog, each);
    const binding = await bindOrder(transaction, each, parts, settings.vault);
    if ('licenseId' in binding) {
      licenses.add(binding.licenseId);
      // What was known and had no effect has one now.
      if (isThis && named.licenseId === null) standing.isNews = true;
      if (binding.isIssued) issued = binding.licenseId;
    } else if ('needsPerson' in binding) {
      if (isThis) standing.needsPerson.push(binding.needsPerson);
    } else if (binding.waitsFor === null) {
      if (isOver(parts)) await settleOrder(transaction, each);
    } else if (isThis && standing.isOurs) standing.waitsFor.push(binding.waitsFor);
    // After it, so that the order's other products do not count for a license of its own pieces.
    const issuedParts = await issueParts(transaction, each, parts, settings.vault);
    for (const licenseId of issuedParts.licenseIds) licenses.add(licenseId);
    if (issuedParts.hasNew) await settleOrder(transaction, each);
    if (isThis && issuedParts.hasNew) standing.isNews = true;
    if (isThis && issuedParts.needsPerson) standing.needsPerson.push(issuedParts.needsPerson);
  }
  at('bound');
  for (const licenseId of [...licenses].sort()) {
    await entitle(transaction, { ...settings, catalog }, licenseId, {
      isNew: licenseId === issued,
    });
  }
  at('entitled');
  standing.waitsFor.push(...(await waitingGrants(transaction, understood)));
  if (standing.isNews && standing.isPaid && (await isRevoked(transaction, named.licenseId))) {
    standing.needsPerson.push(REVOKED);
  }
  // Nothing can have waited for a new buyer's first order.
  const isFirst = order.isNew && issued !== null && others.length === 0;
  if (!isFirst) await settleWaiting(transaction, accountId);
  return standing;
}

/** Whether there is nothing left of an order that something could be waited for. */
function isOver({ lines, facts, unknownProducts }: UnderstoodOrder): boolean {
  return !unknownProducts.some(isOwnName) && lines.length > 0 && nothingStands(lines, facts);
}

/** The newest statement of an order decides which license it names, until it counts for one. */
async function withNamedLicense(
  transaction: Transaction,
  order: OrderRow,
  { facts }: UnderstoodOrder,
): Promise<OrderRow> {
  const newest = newestStatement(facts);
  if (!newest || order.licenseId || order.isAssigned) return order;
  const namedLicense = newest.statement.licenseId ?? null;
  if (namedLicense === order.namedLicense) return order;
  await nameLicense(transaction, order, namedLicense);
  return { ...order, namedLicense };
}

async function isRevoked(transaction: Transaction, licenseId: string | null): Promise<boolean> {
  if (licenseId === null) return false;
  const [row] = await transaction.$queryRaw<Array<{ state: string }>>`
    SELECT state FROM license WHERE id = ${licenseId}::uuid`;
  return row?.state === 'revoked';
}

/** What the order's add-ons are waiting for. */
async function waitingGrants(
  transaction: Transaction,
  { lines }: UnderstoodOrder,
): Promise<string[]> {
  const addons = lines.filter(({ terms }) => terms.kind === 'addon').map(line => line.id);
  if (addons.length === 0) return [];
  const rows = await transaction.$queryRaw<Array<{ minimum_plan: string }>>`
    SELECT DISTINCT minimum_plan FROM license_grant
    WHERE purchase_line_id = ANY (${addons}::uuid[]) AND state = 'waiting'`;
  return rows.map(row => `the license needs the plan ${row.minimum_plan}`);
}
