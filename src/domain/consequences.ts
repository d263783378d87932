// What a change of a license would take from a customer who paid, so that it can be shown before the change.

import { lastDayOf } from './end.js';
import type { LicenseState } from './license.js';
import { type PerProvider, PROVIDERS } from './provider.js';
import type { Message, MessageKey } from './refusal.js';

export const CONSEQUENCES = [
  'paid_plan_stops',
  'paid_time_lost',
  'below_paid_plan',
  'grants_stop',
  'subscription_goes_on',
  'license_ends',
  'end_far_away',
] as const satisfies MessageKey[];
export type ConsequenceCode = (typeof CONSEQUENCES)[number];
export type Consequence = Extract<Message, { key: ConsequenceCode }>;

/** The state of a license, before or after a change. */
export interface Stand {
  plan: string;
  status: LicenseState;
  expiresAt: Date | null;
  /** Units of active add-ons that stay until they are used. */
  unspent: PerProvider<number>;
}

/** What was bought for a license and still runs. */
export interface PaidFor {
  plan: { code: string; until: Date | null } | null;
  /** Shops with a subscription that runs. */
  subscribedIn: string[];
}

/** A later end is probably a mistyped year. */
const FAR_YEARS = 20;

export function consequencesOf(
  before: Stand,
  after: Stand,
  paid: PaidFor,
  { rankOf, now, timeZone }: { rankOf(plan: string): number; now: Date; timeZone: string },
): Consequence[] {
  const stops = before.status === 'active' && after.status !== 'active';
  const dayOf = (end: Date | null) => (end === null ? null : lastDayOf(end, timeZone));
  const found: Consequence[] = [];
  if (paid.plan) {
    const { code, until } = paid.plan;
    const plan = code.toUpperCase();
    const isShorter =
      isSooner(after.expiresAt, until) && isSooner(after.expiresAt, before.expiresAt);
    if (stops) found.push({ key: 'paid_plan_stops', parameters: { plan, until: dayOf(until) } });
    else if (after.expiresAt && isShorter) {
      const parameters = { plan, until: dayOf(until), ends: dayOf(after.expiresAt) as string };
      found.push({ key: 'paid_time_lost', parameters });
    }
    if (rankOf(after.plan) < rankOf(code) && rankOf(after.plan) < rankOf(before.plan)) {
      const parameters = { plan, lower: after.plan.toUpperCase(), until: dayOf(until) };
      found.push({ key: 'below_paid_plan', parameters });
    }
  }
  for (const provider of PROVIDERS) {
    const usable = (stand: Stand) => (stand.status === 'active' ? stand.unspent[provider] : 0);
    const units = usable(before) - usable(after);
    if (units > 0) found.push({ key: 'grants_stop', parameters: { provider, units } });
  }
  if (stops) {
    for (const shop of paid.subscribedIn) {
      found.push({ key: 'subscription_goes_on', parameters: { shop } });
    }
    if (after.status === 'expired') found.push({ key: 'license_ends', parameters: {} });
  }
  const year = after.expiresAt?.getUTCFullYear() ?? 0;
  if (year > now.getUTCFullYear() + FAR_YEARS && isOther(before.expiresAt, after.expiresAt)) {
    found.push({ key: 'end_far_away', parameters: { year } });
  }
  return found;
}

/** Null means never, which is later than everything. */
function isSooner(one: Date | null, other: Date | null): boolean {
  return one !== null && (other === null || one < other);
}

function isOther(one: Date | null, other: Date | null): boolean {
  return one?.getTime() !== other?.getTime();
}
