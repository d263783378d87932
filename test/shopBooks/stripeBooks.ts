// A Stripe account with its own books: one-time sessions here, subscriptions beside.

import { addUnits, type Books, type PaidSpan } from './expectation.js';
import { GOODS, type Good } from './goods.js';
import { type Charge, takenOf } from './stripeMoney.js';
import { oneOf, seconds, type World } from './world.js';

/** Events have the form of the version that their endpoint was made with. */
export const VERSIONS = ['2022-11-15', '2024-06-20', '2025-03-31', '2026-10-28'] as const;
export type Version = (typeof VERSIONS)[number];

export interface Session {
  id: string;
  charge: Charge;
  items: Array<{ id: string; good: Good; quantity: number }>;
  /** Its metadata name the only product, as our own checkout does. */
  isNamed: boolean;
  hasInvoice: boolean;
}

export type Tell = (type: string, object: object, more?: object) => void;

/** The price of a good as objects contain it. */
export function priceJson({ id, lookupKey }: Good): Record<string, unknown> {
  return {
    id: `price_${id.replace('-', '_')}`,
    object: 'price',
    lookup_key: lookupKey,
    metadata: {},
    product: `prod_${id}`,
  };
}

export function isBefore2025(version: Version): boolean {
  return version < '2025-03-31';
}

export interface SessionBooks {
  sessions: Session[];
  buy(): boolean;
  lineItems(sessionId: string): object[] | null;
}

export function openSessions(
  world: World,
  email: string,
  version: Version,
  tell: Tell,
  isAlwaysNamed: boolean,
): SessionBooks {
  const sessions: Session[] = [];

  function sessionJson({ id, charge, items, isNamed, hasInvoice }: Session): object {
    const [first] = items;
    return {
      id,
      object: 'checkout.session',
      mode: 'payment',
      payment_status: charge.amount === 0 ? 'no_payment_required' : 'paid',
      payment_intent: charge.amount === 0 ? null : charge.id,
      subscription: null,
      invoice: hasInvoice ? charge.invoice : null,
      customer: `cus_${email}`,
      customer_details: { email },
      amount_total: charge.amount,
      currency: charge.currency,
      metadata: isNamed ? { product_id: first?.good.id, quantity: String(first?.quantity) } : {},
    };
  }

  function buy(): boolean {
    const { random, now } = world;
    const number = sessions.length + 1;
    const isNamed = isAlwaysNamed || random.below(2) === 0;
    const goods = isNamed
      ? [oneOf(random, GOODS)]
      : [oneOf(random, GOODS), ...extra(random.below(3))];
    const items = goods.map((good, index) => ({
      id: `li_${number}_${index}`,
      good,
      quantity: 1 + random.below(3),
    }));
    const isFree = random.below(10) === 0;
    const amount = isFree
      ? 0
      : items.reduce((sum, { good, quantity }) => sum + good.price * quantity, 0);
    const hasInvoice = random.below(2) === 0;
    const session: Session = {
      id: `cs_test_${number}`,
      charge: {
        id: `pi_one_${number}`,
        amount,
        currency: 'eur',
        paidAt: now,
        invoice: hasInvoice ? `in_one_${number}` : null,
        refunds: [],
        dispute: null,
      },
      items,
      isNamed,
      hasInvoice,
    };
    sessions.push(session);
    const what = items.map(({ good, quantity }) => `${quantity} * ${good.id}`).join(', ');
    world.say(
      `session ${session.id} pays ${amount} cents for ${what}${hasInvoice ? ', with an invoice' : ''}${isNamed ? ', named in its metadata' : ''}`,
    );
    if (hasInvoice) tell('invoice.paid', oneTimeInvoice(session, email, version));
    tell('checkout.session.completed', sessionJson(session));
    return true;
  }

  /** One kind of a good a session. */
  function extra(count: number): Good[] {
    return count > 0 ? [oneOf(world.random, GOODS)] : [];
  }

  return {
    sessions,
    buy,
    lineItems: id =>
      sessions
        .find(session => session.id === id)
        ?.items.map(item => ({
          id: item.id,
          quantity: item.quantity,
          price: { ...priceJson(item.good), product: { id: `prod_${item.good.id}`, metadata: {} } },
        })) ?? null,
  };
}

export function oneTimeInvoice(
  { charge, items }: Session,
  email: string,
  version: Version,
): Record<string, unknown> {
  const at = seconds(charge.paidAt);
  const isOld = isBefore2025(version);
  return {
    id: charge.invoice,
    object: 'invoice',
    billing_reason: 'manual',
    customer: `cus_${email}`,
    customer_email: email,
    amount_paid: charge.amount,
    currency: charge.currency,
    created: at,
    status_transitions: { paid_at: at },
    metadata: {},
    ...(isOld
      ? { subscription: null, payment_intent: charge.amount === 0 ? null : charge.id }
      : { parent: null }),
    lines: {
      has_more: false,
      data: items.map(({ id, good, quantity }) => ({
        id: `il_${id}`,
        amount: charge.amount === 0 ? 0 : good.price * quantity,
        quantity,
        period: { start: at, end: at },
        metadata: {},
        ...(isOld
          ? {
              type: 'invoiceitem',
              proration: false,
              price: priceJson(good),
              invoice_item: `ii_${id}`,
            }
          : {
              pricing: { price_details: { price: priceJson(good).id, product: `prod_${good.id}` } },
              parent: {
                type: 'invoice_item_details',
                invoice_item_details: { invoice_item: `ii_${id}`, proration: false },
              },
            }),
      })),
    },
  };
}

/** What one-time payments give. */
export function sessionResult(
  sessions: Session[],
  units: Map<string, number>,
): Pick<Books, 'spans' | 'money'> {
  const spans: PaidSpan[] = [];
  const money: Books['money'] = [];
  for (const { id, charge, items } of sessions) {
    const { amount: whole, currency, paidAt } = charge;
    const taken = takenOf(charge);
    money.push({ currency: currency.toUpperCase(), paid: whole, refunded: taken.amount });
    for (const { good, quantity } of items) {
      if (good.units) {
        const all = quantity * good.units;
        const orderId = whole === 0 ? id : charge.id;
        const gone = whole === 0 ? 0 : Math.floor((all * taken.amount) / whole);
        addUnits(units, `${orderId} ${good.id}`, all - gone);
      }
      if (good.plan) {
        const { code: plan, rank } = good.plan;
        const length = { months: quantity };
        spans.push({ plan, rank, paidAt, length, endedAt: taken.wholeAt });
      }
    }
  }
  return { spans, money };
}
