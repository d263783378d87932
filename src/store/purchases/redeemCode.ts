// Redeems a code: an order of our own, which goes the same way as the orders of shops.
//
// A code's row is locked before all rows of its purchase. What refuses it is found before anything is written, so
// that the code stays as it was.

import { planCovers } from '../../domain/catalog.js';
import type { PurchaseReport } from '../../domain/purchase.js';
import type { CodeState } from '../../domain/redemptionCode.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { type Actor, writeAudit } from '../admin/audit.js';
import type { Transaction } from '../database/transaction.js';
import { Prisma } from '../generated/client.js';
import { lockLicense } from '../licenses/entitlements.js';
import { applyReport, type RecordSettings } from './applyReport.js';
import { codeSubject, type LockedCode, lockCode } from './codeRows.js';
import { hadProduct } from './facts.js';
import { insertEvent, newEventId } from './inbox.js';
import { lockAccountOf } from './orders.js';

/** For whom a code is redeemed: a license whose key was shown, or an e-mail address that anybody may name. */
export type Redeemer = { licenseId: string } | { email: string };

export interface Redeemed {
  kind: 'redeemed';
  licenseId: string;
  /** Set for an add-on. */
  grantId: string | null;
  /**
   * The license was issued for this code and has nothing else, so the caller with the code may see it and its key.
   * Else it may have what somebody else with that e-mail address paid for.
   */
  isIssued: boolean;
}

/** Whose orders these are. */
const SELLER = 'codes';
/** A code buys one line. */
const LINE = '1';

export async function redeemCode(
  transaction: Transaction,
  settings: RecordSettings,
  digest: Uint8Array,
  redeemer: Redeemer,
  by: Actor,
): Promise<Redeemed | Refusal> {
  const code = await lockCode(transaction, Prisma.sql`digest = ${digest}`);
  if (!code) return refuseUnknownCode();
  const refusal =
    refuseState(code.state) ?? (await refuseProduct(transaction, settings, code, redeemer));
  if (refusal) return refusal;
  const redeemed = await applyOrder(transaction, settings, code, redeemer);
  const { id, product } = code;
  const { licenseId } = redeemed;
  await transaction.$executeRaw`
    UPDATE redemption_code SET used_at = sahm_now(), license_id = ${licenseId}::uuid
    WHERE id = ${id}::uuid`;
  await writeAudit(transaction, by, {
    action: 'code.redeem',
    subject: codeSubject(id),
    before: { product, state: 'open' },
    after: { product, state: 'used', license_id: licenseId },
  });
  return redeemed;
}

export function refuseUnknownCode(): Refusal {
  return refuse('code_not_found', 'code_not_found', {});
}

/** Says of a withdrawn code nothing else than of an unknown one. */
function refuseState(state: CodeState): Refusal | null {
  switch (state) {
    case 'open':
      return null;
    case 'used':
      return refuse('code_used', 'code_used', {});
    case 'expired':
      return refuse('code_expired', 'code_expired', {});
    case 'withdrawn':
      return refuseUnknownCode();
  }
}

/** Why what the code is worth would be of no use to its redeemer now. Locks the license that decides it. */
async function refuseProduct(
  transaction: Transaction,
  { catalog }: RecordSettings,
  code: LockedCode,
  redeemer: Redeemer,
): Promise<Refusal | null> {
  const product = catalog().products.get(code.product);
  if (!product) return refuse('code_not_usable', 'code_product_unknown', {});
  const isAddon = product.kind === 'addon';
  // The answer must not tell whether an e-mail address has a license.
  if (isAddon && 'email' in redeemer) return refuse('code_not_usable', 'code_needs_license', {});
  const accountId = await lockAccountOf(transaction, { ...orderOf(code), others: [] }, redeemer);
  if (product.oncePerBuyer && (await hadProduct(transaction, accountId, product.id))) {
    return refuse('code_not_usable', 'code_had_before', {});
  }
  if ('email' in redeemer) return null;
  const license = await lockLicense(transaction, redeemer.licenseId);
  if (!license || license.status === 'revoked') {
    return refuse('invalid_license_key', 'license_invalid', {});
  }
  const { status, plan } = license;
  // A plan brings an expired license back, so that one may be redeemed.
  if (status === 'suspended' || (isAddon && status === 'expired')) {
    return refuse('code_not_usable', 'code_needs_active_license', { status });
  }
  if (isAddon && !planCovers(catalog(), plan, product.minimumPlan)) {
    const { minimumPlan } = product;
    return refuse('code_not_usable', 'code_needs_plan', { plan, minimumPlan }, { plan });
  }
  return null;
}

function orderOf({ id }: LockedCode) {
  return { shop: SELLER, orderId: id } as const;
}

async function applyOrder(
  transaction: Transaction,
  settings: RecordSettings,
  code: LockedCode,
  redeemer: Redeemer,
): Promise<Redeemed> {
  const { id, product, now } = code;
  const order = orderOf(code);
  const report: PurchaseReport = {
    ...order,
    buyer: redeemer,
    facts: [
      {
        ...order,
        lineId: LINE,
        kind: 'bought',
        reference: '',
        occurredAt: now,
        products: [`id:${product}`],
        quantity: 1,
      },
    ],
  };
  const eventId = newEventId();
  // A code is for anybody who has it, also for a buyer whose license was revoked.
  await transaction.$executeRaw`
    INSERT INTO purchase_order (shop, order_id, is_assigned, named_license)
    VALUES (${SELLER}, ${id}, true, ${'licenseId' in redeemer ? redeemer.licenseId : null})`;
  const result = await applyReport(transaction, settings, report, eventId, false);
  if (result.outcome !== 'applied') {
    throw new Error(`the order of a code is ${result.outcome}: ${result.reason}`);
  }
  const who = 'email' in redeemer ? { email: redeemer.email } : { license_id: redeemer.licenseId };
  const body = Buffer.from(JSON.stringify({ code: id, product, ...who }));
  const delivery = { shop: SELLER, body, headers: {} } as const;
  await insertEvent(transaction, eventId, delivery, { topic: 'redeemed', deliveryId: '' }, result);
  return readRedeemed(transaction, id);
}

/** What came of the order of a code. */
async function readRedeemed(transaction: Transaction, orderId: string): Promise<Redeemed> {
  const [row] = await transaction.$queryRaw<
    Array<{ license_id: string; grant_id: string | null; is_issued: boolean }>
  >`SELECT bought.license_id, pack.id AS grant_id,
      bought.issued_license AND NOT EXISTS (SELECT FROM purchase_order other
        WHERE other.license_id = bought.license_id AND other.order_id <> bought.order_id) AS is_issued
    FROM purchase_order bought
    LEFT JOIN purchase_line line USING (shop, order_id)
    LEFT JOIN license_grant pack ON pack.purchase_line_id = line.id
    WHERE bought.shop = ${SELLER} AND ${orderId} IN (bought.order_id, bought.part_of)
      AND bought.license_id IS NOT NULL`;
  if (!row) throw new Error(`the code ${orderId} has no order`);
  const { license_id: licenseId, grant_id: grantId, is_issued: isIssued } = row;
  return { kind: 'redeemed', licenseId, grantId, isIssued };
}
