// The counters of a balance at one moment, and the steps that change them.

import type { GrantState } from '../grant.js';
import type { QuotaKey } from '../provider.js';
import type { Charges, KeptGrant, Microseconds } from './history.js';

export const LINE_CODES = [
  'plan',
  'limit',
  'opening',
  'carried',
  'monthly_addon',
  'addon',
  'given',
  'waiting',
  'activated',
  'plan_changed',
  'limit_changed',
  'refunded',
  'restored',
  'withdrawn',
  'unpaid',
  'ended',
  'charges',
  'charges_removed',
  'difference',
] as const;
export type LineCode = (typeof LINE_CODES)[number];

/** What a line says, beside its numbers. */
export interface Told {
  code: LineCode;
  at: Microseconds;
  /** Null for all providers that were asked for. */
  provider: QuotaKey | null;
  grant?: KeptGrant;
  charges?: Charges;
  plan?: string;
  formerPlan?: string;
  /** The number in the line's text: a limit, or the units of a grant. */
  units?: number;
}

export interface GrantThen {
  grant: KeptGrant;
  units: number;
  state: GrantState;
  used: number;
}

/** The counters at one moment. */
export interface Counters {
  quotas: Map<QuotaKey, { limit: number; used: number }>;
  grants: Map<string, GrantThen>;
  unexplained: number;
}

export interface Step {
  at: Microseconds;
  /** Orders steps of the same instant (`TURNS`). */
  turn: number;
  /** Null if the step needs no line. */
  told: Told | null;
  apply(counters: Counters): void;
}

/** The order of steps of the same instant. */
export const TURNS = {
  opening: 0,
  plan: 1,
  removed: 2,
  carried: 3,
  given: 4,
  changed: 5,
  charged: 6,
} as const;

export function quotaOf(
  quotas: Counters['quotas'],
  provider: QuotaKey,
): { limit: number; used: number } {
  const known = quotas.get(provider) ?? { limit: 0, used: 0 };
  quotas.set(provider, known);
  return known;
}

/** What a grant adds to the balance: its units in the month's own bucket, or what is left in its own bucket. */
export function worthOf({ grant, units, state, used }: GrantThen, period: string): number {
  if (state !== 'active') return 0;
  if (grant.lasts === 'until-used') return Math.max(0, units - used);
  return grant.lasts === 'subscription' || grant.period === period ? units : 0;
}
