// What a buyer should have, by the shops' own books.

import { DAY_MS } from './world.js';

/** Time that was paid for. */
export interface PaidSpan {
  plan: string;
  rank: number;
  paidAt: number;
  /** Months from when its turn comes, or the times that the shop states. */
  length: { months: number } | { startsAt: number; endsAt: number };
  /** From then on it gives nothing: refunded, cancelled, replaced. */
  endedAt: number | null;
}

export interface Books {
  spans: PaidSpan[];
  /** By order and product. */
  units: Map<string, number>;
  money: Money[];
  /** Orders of which an event must be `failed`, so that a person decides. */
  needPerson: string[];
}

export interface Money {
  currency: string;
  paid: number;
  refunded: number;
}

export interface Expected {
  plan: string | null;
  /** The end of all that follows without a gap; null without a plan. */
  endsAt: number | null;
}

const SUBSCRIPTION_GRACE_MS = 3 * DAY_MS;

/** The same day so many months later, or the last day of that month. */
export function monthsAfter(instant: number, months: number): number {
  const date = new Date(instant);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return date.getTime();
}

interface Laid {
  plan: string;
  rank: number;
  from: number;
  until: number;
  /** Months are counted from this day. */
  day: number;
  monthsSince: number;
  grace: number;
  wasEnded: boolean;
}

/**
 * One payment after the other: what is paid in time goes on where the same plan ends, what is paid late begins
 * when paid, a lower plan begins when the higher ends, also where it was paid within its days of grace afterwards. Of one
 * instant the higher comes first, and what has its time before what waits for its turn.
 */
function lay(spans: PaidSpan[]): Laid[] {
  const laid: Laid[] = [];
  const inOrder = [...spans].sort(
    (one, other) =>
      one.paidAt - other.paidAt ||
      other.rank - one.rank ||
      Number('months' in one.length) - Number('months' in other.length),
  );
  for (const { plan, rank, paidAt, length, endedAt } of inOrder) {
    const wasEnded = endedAt !== null;
    if ('startsAt' in length) {
      const { startsAt: from, endsAt } = length;
      const until = Math.max(from, Math.min(endsAt, endedAt ?? endsAt));
      const grace = wasEnded ? 0 : SUBSCRIPTION_GRACE_MS;
      laid.push({ plan, rank, from, until, day: until, monthsSince: 0, grace, wasEnded });
      continue;
    }
    const known = laid.filter(({ from, until }) => until > from);
    const same = known.filter(each => each.rank === rank && each.until + each.grace >= paidAt);
    const before = same.reduce<Laid | undefined>(
      (last, each) => (last && last.until >= each.until ? last : each),
      undefined,
    );
    const higher = known.filter(each => each.rank > rank);
    const from = Math.max(before?.until ?? paidAt, ...higher.map(({ until }) => until));
    const goesOn = before && before.until === from && !before.wasEnded ? before : undefined;
    const day = goesOn?.day ?? from;
    const monthsSince = (goesOn?.monthsSince ?? 0) + length.months;
    const natural = monthsAfter(day, monthsSince);
    const until = Math.max(from, Math.min(natural, endedAt ?? natural));
    laid.push({ plan, rank, from, until, day, monthsSince, grace: 0, wasEnded });
  }
  return laid;
}

export function planAt(spans: PaidSpan[], instant: number): Expected {
  const standing = lay(spans).filter(({ from, until }) => until > from);
  const running = standing.filter(({ from, until }) => from <= instant && instant < until);
  const inGrace = standing.filter(
    ({ from, until, grace }) => from <= instant && instant < until + grace,
  );
  const highest = running.sort((one, other) => other.rank - one.rank || other.until - one.until)[0];
  const current = highest ?? inGrace.sort((one, other) => other.until - one.until)[0];
  if (!current) return { plan: null, endsAt: null };
  let endsAt = current.until + current.grace;
  for (let grew = true; grew; ) {
    const next = standing.find(
      ({ from, until, grace }) => from <= endsAt && until + grace > endsAt,
    );
    grew = next !== undefined;
    if (next) endsAt = next.until + next.grace;
  }
  return { plan: current.plan, endsAt };
}

export function addUnits(units: Map<string, number>, key: string, more: number): void {
  units.set(key, (units.get(key) ?? 0) + more);
}

/** A movement of our books; one that could not be counted stands out. */
export function moneyOf({
  kind,
  amount,
  currency,
}: {
  kind: string;
  amount: number | bigint | null;
  currency: string | null;
}): Money {
  if (amount === null || currency === null) return { currency: 'uncounted', paid: 1, refunded: 0 };
  const isPaid = kind === 'paid';
  return {
    currency,
    paid: isPaid ? Number(amount) : 0,
    refunded: isPaid ? 0 : Number(amount),
  };
}

/** By currency. */
export type Sums = Record<string, { paid: number; refunded: number }>;

export function sumsOf(money: Money[]): Sums {
  const sums: Sums = {};
  for (const { currency, paid, refunded } of money) {
    const known = sums[currency] ?? { paid: 0, refunded: 0 };
    sums[currency] = { paid: known.paid + paid, refunded: known.refunded + refunded };
  }
  return sums;
}
