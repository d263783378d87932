// Terms: how long a payment lasts. A renewal in time begins at the old end, an upgrade at once, and a lower
// plan when the higher one ends.

import { addDuration, DAY_MS, type Duration, sumDurations } from './duration.js';

/** A payment for time. Instants are milliseconds since 1970. */
export interface PaidTerm {
  plan: string;
  rank: number;
  paidAt: number;
  duration: Duration;
  /** The time that was paid for, where the shop states it. */
  paidTime: { startsAt: number; endsAt: number } | null;
  /** When it was taken back, or null. */
  endedAt: number | null;
  /** The shop stated the time up to `endedAt`, and it counts until then. */
  isEndStated: boolean;
  graceDays: number;
  /** Decides the order of payments with the same instant. */
  key: string;
}

export interface Term {
  plan: string;
  rank: number;
  startsAt: number;
  endsAt: number;
  /** Taken back: it still shifts the terms after it, but gives nothing. */
  isVoid: boolean;
  graceMs: number;
  /** It begins with its payment and counts at once, even if the shop's clock is ahead of ours. */
  isAtOnce: boolean;
  /** The instant from which renewals are counted, so that the day of the month stays the same. */
  anchor: number;
  sinceAnchor: Duration;
}

const NOTHING: Duration = { months: 0, days: 0 };

/** What a license had before anything was bought. A term without an end cannot be extended. */
export interface GivenTerm {
  plan: string;
  rank: number;
  startsAt: number;
  /** Infinity for a term without an end. */
  endsAt: number;
}

export function givenTerm(given: GivenTerm): Term {
  return {
    ...given,
    isVoid: false,
    graceMs: 0,
    isAtOnce: true,
    anchor: given.endsAt,
    sinceAnchor: NOTHING,
  };
}

/**
 * Arranges the payments in time, in the order in which they were made. Of plans that were paid for together
 * the higher one comes first, and one whose time is stated before one that waits for its turn: so that none is
 * over before its turn.
 */
export function layTerms(payments: PaidTerm[], given: Term[]): Term[] {
  const terms = [...given];
  const inOrder = [...payments].sort(
    (one, other) =>
      one.paidAt - other.paidAt ||
      other.rank - one.rank ||
      Number(one.paidTime === null) - Number(other.paidTime === null) ||
      (one.key < other.key ? -1 : 1),
  );
  for (const payment of inOrder) terms.push(nextTerm(payment, terms));
  return terms;
}

function nextTerm(payment: PaidTerm, terms: Term[]): Term {
  const { plan, rank, paidAt, paidTime, endedAt, isEndStated } = payment;
  const isEnded = endedAt !== null;
  const isVoid = isEnded && !isEndStated;
  // What was taken back has no days of grace: a payment after it begins when it is paid.
  const common = { plan, rank, graceMs: isEnded ? 0 : payment.graceDays * DAY_MS, isVoid };
  if (paidTime) {
    const { startsAt } = paidTime;
    const endsAt = cut(startsAt, paidTime.endsAt, endedAt);
    const isAtOnce = startsAt <= paidAt;
    return { ...common, startsAt, endsAt, isAtOnce, anchor: endsAt, sinceAnchor: NOTHING };
  }
  const previous = latest(
    terms.filter(term => term.rank === rank && term.endsAt + term.graceMs >= paidAt),
  );
  const higher = latest(terms.filter(term => term.rank > rank));
  const startsAt = Math.max(previous?.endsAt ?? paidAt, higher?.endsAt ?? 0);
  const extended = previous?.endsAt === startsAt && !previous.isVoid ? previous : null;
  const anchor = extended?.anchor ?? startsAt;
  const sinceAnchor = sumDurations(extended?.sinceAnchor ?? NOTHING, payment.duration);
  const endsAt = cut(startsAt, addDuration(anchor, sinceAnchor), endedAt);
  return { ...common, startsAt, endsAt, isAtOnce: startsAt === paidAt, anchor, sinceAnchor };
}

function cut(startsAt: number, endsAt: number, endedAt: number | null): number {
  return endedAt === null ? endsAt : Math.max(startsAt, Math.min(endsAt, endedAt));
}

/** The term that ends last, leaving out those without an end and those taken back before they began. */
function latest(terms: Term[]): Term | undefined {
  return terms
    .filter(({ startsAt, endsAt }) => endsAt !== Number.POSITIVE_INFINITY && endsAt > startsAt)
    .reduce<Term | undefined>(
      (found, term) => (found && found.endsAt >= term.endsAt ? found : term),
      undefined,
    );
}

export interface Coverage {
  /** The term that counts now: the highest plan that is paid for; null when none is. */
  current: Term | null;
  /** The end of the last term that follows without a gap, grace included; Infinity for never. */
  endsAt: number;
  /** The same of terms of the current plan alone; Infinity for never, and where there is none. */
  planEndsAt: number;
  /** When a term begins or ends next; null for never. */
  changesAt: number | null;
}

export function coverageAt(terms: Term[], now: number): Coverage {
  const standing = terms.filter(term => !term.isVoid);
  const hasBegun = (term: Term) => term.startsAt <= now || term.isAtOnce;
  const running = standing.filter(term => hasBegun(term) && term.endsAt > now);
  const inGrace = standing.filter(term => hasBegun(term) && term.endsAt + term.graceMs > now);
  const current = highest(running) ?? latest(inGrace) ?? null;
  const boundaries = standing
    .flatMap(({ startsAt, endsAt, graceMs }) => [startsAt, endsAt, endsAt + graceMs])
    .filter(instant => instant > now && instant !== Number.POSITIVE_INFINITY);
  const changesAt = boundaries.length > 0 ? Math.min(...boundaries) : null;
  if (!current) {
    const ends = terms.map(term => term.endsAt + term.graceMs);
    const endsAt = Math.max(Number.NEGATIVE_INFINITY, ...ends);
    return { current, endsAt, planEndsAt: Number.POSITIVE_INFINITY, changesAt };
  }
  const samePlan = standing.filter(term => term.plan === current.plan);
  return {
    current,
    endsAt: endWithoutGap(current, standing),
    planEndsAt: endWithoutGap(current, samePlan),
    changesAt,
  };
}

/** When the last term of a plan ends, grace included; Infinity for never. */
export function endOfPlan(plan: string, terms: Term[]): number {
  const standing = terms.filter(term => term.plan === plan && !term.isVoid);
  return Math.max(...standing.map(({ endsAt, graceMs }) => endsAt + graceMs));
}

function highest(terms: Term[]): Term | undefined {
  return terms.reduce<Term | undefined>(
    (found, term) =>
      found && (found.rank > term.rank || (found.rank === term.rank && found.endsAt >= term.endsAt))
        ? found
        : term,
    undefined,
  );
}

function endWithoutGap(from: Term, standing: Term[]): number {
  let end = from.endsAt + from.graceMs;
  for (let grew = true; grew; ) {
    grew = false;
    for (const term of standing) {
      const termEnd = term.endsAt + term.graceMs;
      if (term.startsAt <= end && termEnd > end) {
        end = termEnd;
        grew = true;
      }
    }
  }
  return end;
}
