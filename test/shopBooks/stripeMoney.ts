// Refunds and disputes of a Stripe payment, and how Stripe reports them.

import { oneOf, seconds, type World } from './world.js';

export interface Charge {
  /** The payment intent. */
  id: string;
  amount: number;
  currency: string;
  paidAt: number;
  /** The invoice that it paid. */
  invoice: string | null;
  refunds: Array<{ id: string; amount: number; at: number; status: 'succeeded' | 'failed' }>;
  dispute: { id: string; amount: number; at: number; status: 'open' | 'won' | 'lost' } | null;
}

export interface Taken {
  amount: number;
  /** When the last of it was taken; null where not all of it was. */
  wholeAt: number | null;
}

export function takenOf({ amount, refunds, dispute }: Charge): Taken {
  const takings = [...refunds.filter(({ status }) => status === 'succeeded')].map(each => ({
    at: each.at,
    amount: each.amount,
  }));
  if (dispute && dispute.status !== 'won') takings.push(dispute);
  const sum = Math.min(
    amount,
    takings.reduce((all, taking) => all + taking.amount, 0),
  );
  const isWhole = amount > 0 && sum === amount;
  return { amount: sum, wholeAt: isWhole ? Math.max(...takings.map(({ at }) => at)) : null };
}

export interface ChargeActs {
  refund(): boolean;
  refundAll(): boolean;
  refundFails(): boolean;
  dispute(): boolean;
  disputeEnds(): boolean;
}

/** `charges`: those that money can be taken back of. */
export function chargeActs(
  world: World,
  charges: () => Charge[],
  tell: (type: string, object: object) => void,
  isOldVersion: boolean,
): ChargeActs {
  let last = 0;
  const open = () =>
    charges().filter(
      charge =>
        (!charge.dispute || charge.dispute.status === 'won') &&
        takenOf(charge).amount < charge.amount,
    );

  function chargeJson(charge: Charge): object {
    return {
      id: `ch_${charge.id}`,
      object: 'charge',
      amount: charge.amount,
      amount_refunded: charge.refunds
        .filter(({ status }) => status === 'succeeded')
        .reduce((sum, { amount }) => sum + amount, 0),
      currency: charge.currency,
      payment_intent: charge.id,
      ...(isOldVersion && { invoice: charge.invoice }),
    };
  }

  function refundJson(charge: Charge, refund: Charge['refunds'][number]): object {
    return {
      id: refund.id,
      object: 'refund',
      amount: refund.amount,
      currency: charge.currency,
      charge: `ch_${charge.id}`,
      payment_intent: charge.id,
      status: refund.status,
      created: seconds(refund.at),
    };
  }

  function giveBack(charge: Charge | undefined, amountOf: (left: number) => number): boolean {
    if (!charge) return false;
    const amount = amountOf(charge.amount - takenOf(charge).amount);
    const refund = { id: `re_${++last}`, amount, at: world.now, status: 'succeeded' } as const;
    charge.refunds.push({ ...refund });
    world.say(`refund ${refund.id} of ${amount} cents of ${charge.id} (${charge.amount})`);
    tell('charge.refunded', chargeJson(charge));
    tell('refund.created', refundJson(charge, refund));
    if (world.random.below(3) === 0) tell('refund.updated', refundJson(charge, refund));
    return true;
  }

  return {
    refund: () => giveBack(world.random.pick(open()), left => 1 + world.random.below(left)),
    refundAll: () => giveBack(world.random.pick(open()), left => left),
    refundFails() {
      const all = charges().flatMap(charge =>
        charge.refunds
          .filter(({ status }) => status === 'succeeded')
          .map(refund => ({ charge, refund })),
      );
      const some = world.random.pick(all);
      if (!some || some.charge.dispute) return false;
      some.refund.status = 'failed';
      world.say(`refund ${some.refund.id} fails`);
      tell('refund.failed', refundJson(some.charge, some.refund));
      return true;
    },
    dispute() {
      const charge = world.random.pick(open().filter(({ dispute }) => dispute === null));
      if (!charge) return false;
      const left = charge.amount - takenOf(charge).amount;
      const amount = world.random.below(3) > 0 ? left : 1 + world.random.below(left);
      charge.dispute = { id: `dp_${charge.id}`, amount, at: world.now, status: 'open' };
      world.say(`${amount} cents of ${charge.id} (${charge.amount}) are disputed`);
      tell('charge.dispute.created', disputeJson(charge));
      return true;
    },
    disputeEnds() {
      const charge = world.random.pick(
        charges().filter(({ dispute }) => dispute?.status === 'open'),
      );
      if (!charge?.dispute) return false;
      charge.dispute.status = oneOf(world.random, ['won', 'lost'] as const);
      world.say(`the dispute of ${charge.id} is ${charge.dispute.status}`);
      tell('charge.dispute.closed', disputeJson(charge));
      return true;
    },
  };

  function disputeJson({ id, dispute, currency }: Charge): object {
    const status = dispute?.status === 'open' ? 'needs_response' : dispute?.status;
    return {
      id: dispute?.id,
      object: 'dispute',
      amount: dispute?.amount,
      currency,
      charge: `ch_${id}`,
      payment_intent: id,
      status,
      created: seconds(dispute?.at ?? world.now),
    };
  }
}
