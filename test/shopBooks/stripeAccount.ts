// The whole Stripe account: sessions, subscriptions, the refunds of both, and its API.

import type Stripe from 'stripe';
import { type StripeApi, StripeUnreachableError } from '../../src/shops/stripe/api.js';
import { BOOST, GOODS } from './goods.js';
import {
  isBefore2025,
  oneTimeInvoice,
  openSessions,
  priceJson,
  type Version,
} from './stripeBooks.js';
import { pendingJson } from './stripeInvoices.js';
import { chargeActs } from './stripeMoney.js';
import { openSubscriptions } from './stripeSubscriptions.js';
import { refundable } from './subscription.js';
import { seconds, type World } from './world.js';

/**
 * `hasKey`: whether its API can be asked. Without it only what the events themselves say can be right: a session
 * names its product, and what a later invoice will charge, or which subscription was paid back, nobody knows.
 */
export function openStripeAccount(world: World, email: string, version: Version, hasKey: boolean) {
  let last = 0;
  const tell = (type: string, object: object, more: object = {}) =>
    world.emit({
      shop: 'stripe',
      topic: type,
      body: {
        id: `evt_${++last}`,
        object: 'event',
        api_version: version,
        type,
        created: seconds(world.now),
        livemode: false,
        data: { object: JSON.parse(JSON.stringify(object)), ...more },
      },
      isSure: true,
    });
  const sessions = openSessions(world, email, version, tell, !hasKey);
  const subscriptions = openSubscriptions(world, email, version, tell);
  const isOld = isBefore2025(version);
  const charges = () => [
    ...sessions.sessions.map(({ charge }) => charge).filter(({ amount }) => amount > 0),
    ...(hasKey ? subscriptions.subscriptions.flatMap(refundable) : []),
  ];
  return {
    sessions: sessions.sessions,
    subscriptions: subscriptions.subscriptions,
    nextAt: subscriptions.nextAt,
    tick: subscriptions.tick,
    acts: {
      buy: sessions.buy,
      ...subscriptions.acts,
      ...chargeActs(world, charges, tell, isOld),
      ...(!hasKey && { changeWithNextInvoice: () => false }),
    } as Record<string, () => boolean>,
    api: openApi(),
  };

  /** Answers in the newest version's form, whatever version the events have. */
  function openApi(): StripeApi {
    const list = (data: object[]) => ({ object: 'list', data, has_more: false });
    const newest: Version = '2026-10-28';
    const oneTime = (find: (invoice: string, payment: string) => boolean) =>
      sessions.sessions.find(
        ({ charge }) => charge.amount > 0 && charge.invoice && find(charge.invoice, charge.id),
      );
    const client = {
      checkout: {
        sessions: {
          async listLineItems(id: string) {
            const items = sessions.lineItems(id);
            if (!items) throw new Missing();
            return list(items);
          },
        },
      },
      prices: {
        async retrieve(id: string) {
          const good = [...GOODS, BOOST].find(each => priceJson(each).id === id);
          if (!good) throw new Missing();
          return { ...priceJson(good), product: { id: `prod_${good.id}`, metadata: {} } };
        },
      },
      invoicePayments: {
        async list({ invoice, payment }: Stripe.InvoicePaymentListParams) {
          if (invoice !== undefined) {
            const intent =
              subscriptions.paymentIntentOf(invoice) ??
              oneTime(id => id === invoice)?.charge.id ??
              null;
            return list(
              intent ? [{ payment: { type: 'payment_intent', payment_intent: intent } }] : [],
            );
          }
          const intent = payment?.payment_intent ?? '';
          const session = oneTime((_invoice, id) => id === intent);
          const found =
            subscriptions.invoiceOf(intent) ?? (session && oneTimeInvoice(session, email, newest));
          return list(found ? [{ invoice: found }] : []);
        },
      },
      invoiceItems: {
        async list() {
          return list(subscriptions.subscriptions.flatMap(pendingJson));
        },
      },
    } as unknown as Stripe;
    return {
      async ask(question) {
        if (!world.isUp) throw new StripeUnreachableError('Stripe: StripeConnectionError');
        try {
          return JSON.parse(JSON.stringify(await question(client)));
        } catch (error) {
          if (error instanceof Missing) return null;
          throw error;
        }
      },
    };
  }
}

class Missing extends Error {}
