// Subscriptions of the Stripe account: periods, changes with prorations, trials, payments that fail.

import { monthsAfter } from './expectation.js';
import { PACKS, PLANS } from './goods.js';
import type { Tell, Version } from './stripeBooks.js';
import { type InvoiceLine, invoiceJson, subscriptionJson } from './stripeInvoices.js';
import type { Charge } from './stripeMoney.js';
import {
  chargesOf,
  cycleLines,
  isUntouched,
  itemsOf,
  otherItems,
  type Period,
  prorations,
  type Subscription,
  said,
} from './subscription.js';
import { DAY_MS, HOUR_MS, oneOf, type World } from './world.js';

export interface SubscriptionBooks {
  subscriptions: Subscription[];
  acts: Record<string, () => boolean>;
  /** When something happens by itself; the earliest. */
  nextAt(): number;
  tick(): void;
  invoiceOf(paymentIntent: string): Record<string, unknown> | null;
  paymentIntentOf(invoice: string): string | null;
}

export function openSubscriptions(
  world: World,
  email: string,
  version: Version,
  tell: Tell,
): SubscriptionBooks {
  const subscriptions: Subscription[] = [];
  const invoices = new Map<string, { json: Record<string, unknown>; charge: Charge }>();
  let last = 0;

  const context = { email, version };
  const current = ({ periods }: Subscription) => periods.at(-1) as Period;
  const running = () => subscriptions.filter(({ status }) => status !== 'canceled');

  /** An invoice of the subscription, not paid yet. */
  function makeInvoice(
    subscription: Subscription,
    reason: string,
    lines: InvoiceLine[],
  ): { charge: Charge; pay(): void } {
    const number = ++last;
    const sum = lines.reduce((all, { amount }) => all + amount, 0);
    const charge: Charge = {
      id: `pi_sub_${number}`,
      amount: Math.max(0, sum),
      currency: 'eur',
      paidAt: world.now,
      invoice: `in_sub_${number}`,
      refunds: [],
      dispute: null,
    };
    return {
      charge,
      pay() {
        charge.paidAt = world.now;
        const json = invoiceJson(
          { charge, reason, lines, subscriptionId: subscription.id },
          context,
        );
        invoices.set(charge.id, { json, charge });
        world.say(`${charge.invoice} of ${subscription.id} is paid: ${charge.amount} cents`);
        tell('invoice.paid', json);
      },
    };
  }

  function tellUpdated(subscription: Subscription, previous: object): void {
    const object = subscriptionJson(subscription, current(subscription), context);
    tell('customer.subscription.updated', object, { previous_attributes: previous });
  }

  function end(subscription: Subscription, what: string): void {
    Object.assign(subscription, { status: 'canceled', endedAt: world.now });
    world.say(`${subscription.id} ends: ${what}`);
    const object = subscriptionJson(subscription, current(subscription), context);
    tell('customer.subscription.deleted', object);
  }

  function change(isAtOnce: boolean): boolean {
    const { random, now } = world;
    const can = running().filter(
      subscription =>
        subscription.status === 'active' &&
        chargesOf(current(subscription)).every(isUntouched) &&
        current(subscription).paidAt !== null &&
        // Of one second Stripe does not tell which change was first.
        (current(subscription).uses.at(-1)?.from ?? now) < now &&
        (current(subscription).paidAt ?? now) < now &&
        current(subscription).endsAt > now + HOUR_MS,
    );
    const subscription = random.pick(can);
    if (!subscription) return false;
    const { items, pack } = subscription;
    const next = otherItems(items, random);
    if (!next) return false;
    const period = current(subscription);
    const lines = prorations(itemsOf(items, pack), itemsOf(next, pack), period, now, () => ++last);
    subscription.items = next;
    period.isFixed = true;
    world.say(
      `${subscription.id} changes to ${said(next, pack)}, ${isAtOnce ? 'charged at once' : 'charged with the next invoice'}`,
    );
    const invoice = isAtOnce ? makeInvoice(subscription, 'subscription_update', lines) : null;
    const charge = invoice && { charge: invoice.charge };
    period.uses.push({ from: now, items: next, ...charge });
    const more = next.packs - items.packs;
    if (more !== 0) subscription.packChanges.push({ more, ...charge });
    tellUpdated(subscription, { items: {} });
    if (!invoice) subscription.pending.push(...lines);
    else {
      subscription.changePayments.push(invoice.charge);
      invoice.pay();
    }
    return true;
  }

  const acts: Record<string, () => boolean> = {
    subscribe() {
      const { random, now } = world;
      if (running().length > 0) return false;
      const isTrial = random.below(5) === 0;
      const subscription: Subscription = {
        id: `sub_${subscriptions.length + 1}`,
        anchor: isTrial ? now + 14 * DAY_MS : now,
        status: isTrial ? 'trialing' : 'active',
        items: {
          plan: oneOf(random, PLANS),
          boosts: random.below(4),
          packs: isTrial ? 0 : random.below(3),
        },
        pack: oneOf(random, PACKS),
        periods: [],
        isTrial,
        endsWithPeriod: false,
        endedAt: null,
        pending: [],
        packChanges: [],
        changePayments: [],
      };
      subscriptions.push(subscription);
      const endsAt = isTrial ? subscription.anchor : monthsAfter(now, 1);
      world.say(
        `${subscription.id} begins${isTrial ? ' with a trial' : ''}: ${said(subscription.items, subscription.pack)}`,
      );
      const lines = cycleLines(subscription, now, endsAt, isTrial);
      const { charge, pay } = makeInvoice(subscription, 'subscription_create', lines);
      const uses = [{ from: now, items: subscription.items }];
      subscription.periods.push({
        startsAt: now,
        endsAt,
        paidAt: now,
        charge,
        uses,
        isFixed: isTrial,
      });
      tell('checkout.session.completed', {
        id: `cs_${subscription.id}`,
        object: 'checkout.session',
        mode: 'subscription',
        payment_status: 'paid',
        payment_intent: null,
        subscription: subscription.id,
        customer: `cus_${email}`,
        customer_details: { email },
        metadata: {},
      });
      pay();
      return true;
    },
    changeAtOnce: () => change(true),
    changeWithNextInvoice: () => change(false),
    cancelWithPeriod() {
      const subscription = world.random.pick(running().filter(each => !each.endsWithPeriod));
      if (!subscription) return false;
      subscription.endsWithPeriod = true;
      world.say(`${subscription.id} will end with its period`);
      tellUpdated(subscription, { cancel_at_period_end: false });
      return true;
    },
    cancelAtOnce() {
      const subscription = world.random.pick(running());
      if (!subscription || subscription.pending.length > 0) return false;
      end(subscription, 'at once');
      return true;
    },
  };

  /** The renewal is paid an hour after the period began, or days later, or never. */
  const dueAt = (subscription: Subscription) => {
    const period = current(subscription);
    return period.paidAt === null
      ? (retries.get(period) ?? period.endsAt)
      : period.endsAt + HOUR_MS;
  };
  const retries = new Map<Period, number>();
  const payments = new Map<Period, () => void>();

  function renew(subscription: Subscription): void {
    const { endsAt: startsAt } = current(subscription);
    if (subscription.endsWithPeriod) {
      // To the second of the period's end, whenever the event comes.
      const { now } = world;
      world.now = startsAt;
      end(subscription, 'with its period');
      world.now = now;
      return;
    }
    const months = subscription.periods.length + (subscription.isTrial ? 0 : 1);
    const endsAt = monthsAfter(subscription.anchor, months);
    const lines = [...subscription.pending, ...cycleLines(subscription, startsAt, endsAt)];
    const { charge, pay } = makeInvoice(subscription, 'subscription_cycle', lines);
    const uses = [{ from: startsAt, items: subscription.items }];
    const isFixed = subscription.pending.length > 0;
    const period: Period = { startsAt, endsAt, paidAt: null, charge, uses, isFixed };
    const hadPacksPending = subscription.pending.some(({ good }) => PACKS.includes(good));
    subscription.pending = [];
    subscription.periods.push(period);
    const isFailing = world.random.below(6) === 0;
    const before = subscription.status;
    subscription.status = isFailing ? 'past_due' : 'active';
    tellUpdated(subscription, { items: {}, latest_invoice: 'in_before', status: before });
    const paid = () => {
      period.paidAt = world.now;
      pay();
    };
    if (!isFailing) {
      paid();
      return;
    }
    world.say(`the payment of ${charge.invoice} of ${subscription.id} fails`);
    tell('invoice.payment_failed', { id: charge.invoice, object: 'invoice' });
    payments.set(period, paid);
    const isLate = hadPacksPending || world.random.below(2) === 0;
    retries.set(period, world.now + (isLate ? 5 * DAY_MS : 8 * DAY_MS));
    if (!isLate) payments.delete(period);
  }

  function settle(subscription: Subscription): void {
    const pay = payments.get(current(subscription));
    if (!pay) {
      end(subscription, 'never paid');
      return;
    }
    subscription.status = 'active';
    tellUpdated(subscription, { status: 'past_due' });
    pay();
  }

  return {
    subscriptions,
    acts,
    nextAt: () => Math.min(Number.POSITIVE_INFINITY, ...running().map(dueAt)),
    tick() {
      for (const subscription of running().filter(each => dueAt(each) <= world.now)) {
        if (current(subscription).paidAt === null) settle(subscription);
        else renew(subscription);
      }
    },
    invoiceOf: paymentIntent => invoices.get(paymentIntent)?.json ?? null,
    paymentIntentOf: id =>
      [...invoices.values()].find(({ charge }) => charge.invoice === id)?.charge.id ?? null,
  };
}
