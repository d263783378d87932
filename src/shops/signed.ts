// Any other shop: it sends one small signed JSON fact. docs/purchases.md has its fields and example senders.

import { z } from 'zod';
import type { Reading } from '../domain/delivery.js';
import { INSTANT_EXPECTED } from '../domain/instant.js';
import { isMailAddress } from '../domain/mailAddress.js';
import { amountIn } from '../domain/money.js';
import { MOST_QUANTITY, type PurchaseFact, type PurchaseReport } from '../domain/purchase.js';
import { parseBody, unreadable } from './body.js';
import { faultOf, instant, languageIn, text } from './fields.js';
import type { ShopAdapter, ShopDescription } from './port.js';
import { webhookSecret } from './settings.js';
import { isTimedSignature, signedTime } from './signature.js';

/** The reason in the inbox: whoever wrote the sender reads it. */
const must = (be: string) => ({
  error: ({ input }: { input?: unknown }) => (input === undefined ? 'is needed' : `must be ${be}`),
});
const id = z
  .union([z.string(), z.int()], must('a text or an integer'))
  .transform(String)
  .pipe(text.min(1, 'must not be empty'));
const MOST_UNITS = 1_000_000_000;
/** An integer, also as a text: some programs keep all values as text. */
const integer = (most: number) => {
  const expected = must(`an integer from 1 to ${most}`);
  const digits = z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number);
  return z.union([z.int(), digits], expected).pipe(z.int().min(1, expected).max(most, expected));
};
/** Read separately, so that the delivery is found under its order even if the rest cannot be read. */
const onlyOrder = z.object({ order_id: id });

const FACTS = ['bought', 'renewed', 'cancelled', 'refunded'] as const;
const body = z.object({
  order_id: id,
  line_id: id,
  fact: z.enum(FACTS, must(FACTS.join(', '))),
  product: id.optional(),
  quantity: integer(MOST_QUANTITY).optional(),
  email: z.string().refine(isMailAddress, { error: 'an e-mail address' }).optional(),
  customer_id: id.optional(),
  license_id: id.optional(),
  /** The buyer's language, such as `fa` or `en-US`. One that we do not have is ignored. */
  language: z.unknown().transform(languageIn).optional(),
  occurred_at: z.iso
    .datetime({ offset: true, error: INSTANT_EXPECTED })
    .transform(instant => new Date(instant))
    .pipe(instant),
  units: integer(MOST_UNITS).optional(),
  /** What was paid or given back, such as `49.90`. */
  amount: z.union([z.string().max(30), z.int().nonnegative().transform(String)]).optional(),
  currency: z.string().max(10).optional(),
});
type Body = z.infer<typeof body>;

const environment = { PURCHASE_WEBHOOK_SECRET: webhookSecret.optional() };

export const signed: ShopDescription<keyof typeof environment> = {
  webhook: { method: 'post', path: '/webhooks/purchases' },
  webhookSecret: 'PURCHASE_WEBHOOK_SECRET',
  credentials: [],
  environment,
  adapter: createSignedShop,
};

function createSignedShop(secret: string): ShopAdapter {
  return {
    shop: 'signed',
    isSigned: headers => isTimedSignature(headers['x-signature']),
    verify({ body, headers }) {
      const signedAt = signedTime(headers['x-signature'], body, [secret]);
      return signedAt ? { kind: 'genuine', signedAt } : { kind: 'forged' };
    },
    read: async ({ body }) => readSigned(body),
  };
}

function readSigned(bytes: Uint8Array): Reading {
  const parsed = parseBody(bytes);
  if ('fault' in parsed) return unreadable('unknown', 'failed', parsed.fault);
  const checked = body.safeParse(parsed.value);
  const orderId = onlyOrder.safeParse(parsed.value).data?.order_id;
  const ofOrder = orderId === undefined ? {} : { orderId };
  if (!checked.success) {
    return { ...unreadable('unknown', 'failed', faultOf(checked.error)), ...ofOrder };
  }
  const fault = missingIn(checked.data);
  if (fault) return { ...unreadable(checked.data.fact, 'failed', fault), ...ofOrder };
  const report = reportOf(checked.data);
  const { fact } = checked.data;
  return { topic: fact, deliveryId: '', reports: [report], orderId: report.orderId };
}

function missingIn(said: Body): string | null {
  const { fact, product, email, customer_id, license_id } = said;
  if (fact === 'refunded' && said.units === undefined && said.quantity === undefined) {
    const money = amountIn(said.amount, said.currency);
    const isMeant = said.amount !== undefined || said.currency !== undefined;
    // Without amounts a refund means everything. So a partial amount that we cannot read must be a fault.
    if (isMeant && 'uncounted' in money) return `amount: ${money.uncounted} cannot be counted`;
  }
  if (fact !== 'bought' && fact !== 'renewed') return null;
  if (product === undefined) return 'product: is needed';
  if (!email && !customer_id && !license_id) return 'email: is needed';
  return null;
}

function reportOf(said: Body): PurchaseReport {
  const isPayment = said.fact === 'bought' || said.fact === 'renewed';
  const occurredAt = said.occurred_at;
  // A line is bought only once. Facts that can happen often are told apart by their time.
  const reference = said.fact === 'bought' ? '' : occurredAt.toISOString();
  const fact: PurchaseFact = {
    shop: 'signed',
    orderId: said.order_id,
    lineId: said.line_id,
    kind: said.fact,
    reference,
    occurredAt,
    ...(isPayment && { products: [`id:${said.product}`], quantity: said.quantity ?? 1 }),
    ...moneyOf(said, isPayment),
    ...(said.fact === 'refunded' && refundOf(said)),
  };
  return {
    shop: 'signed',
    orderId: said.order_id,
    buyer: {
      ...(said.email && { email: said.email }),
      ...(said.customer_id && { customerId: said.customer_id }),
      ...(said.license_id && { licenseId: said.license_id }),
      ...(said.language && { language: said.language }),
    },
    facts: [fact],
  };
}

/** The money of a fact. Each line is paid for by itself. */
function moneyOf(
  { amount, currency, fact, line_id, occurred_at }: Body,
  isPayment: boolean,
): Partial<PurchaseFact> {
  if (amount === undefined && currency === undefined) return {};
  const money = amountIn(amount, currency);
  if ('uncounted' in money) return { uncounted: money.uncounted };
  const whole = isPayment ? money.units : 0;
  const payment =
    fact === 'bought' ? `line ${line_id}` : `line ${line_id} ${occurred_at.toISOString()}`;
  return {
    amount: { part: money.units, whole },
    currency: money.currency,
    ...(isPayment && { payment }),
  };
}

/** What is refunded: so many units, or so many pieces of the line; with neither, all of it. */
function refundOf({ units, quantity }: Body): { units: number } | { quantity: number } | object {
  if (units !== undefined) return { units };
  return quantity === undefined ? {} : { quantity };
}
