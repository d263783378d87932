// What the ledger stores about one month's balance: the counters at its end, and what changed them.

import type { GrantState, Lasts } from '../grant.js';
import type { QuotaKey } from '../provider.js';

/** Microseconds since 1970: the precision of instants in the database. */
export type Microseconds = number;

export interface BalanceHistory {
  period: string;
  beginsAt: Microseconds;
  /** Null for the present month. */
  endsAt: Microseconds | null;
  license: { plan: string; createdAt: Microseconds };
  /** Since when changes have been noted; null for always. */
  notedSince: Microseconds | null;
  quotas: KeptQuota[];
  grants: KeptGrant[];
  /** In the order in which they were made. */
  changes: BalanceChange[];
  /** Charges of the month's own bucket; and all charges of grants since the month began. */
  charges: Charges[];
}

/** A month's own bucket of one provider, at the end of the month. */
export interface KeptQuota {
  provider: QuotaKey;
  planLimit: number;
  addonLimit: number;
  used: number;
  hasRow: boolean;
  /** Null if there is no row, or if the row is older than the notes of changes. */
  openedAt: Microseconds | null;
}

/** A grant as it is now. */
export interface KeptGrant {
  id: string;
  provider: QuotaKey;
  lasts: Lasts;
  period: string | null;
  product: string | null;
  /** The order with which it was bought; null if an administrator gave it. */
  order: string | null;
  createdAt: Microseconds;
  /** When the license got it; null if that was before the notes of changes. */
  givenAt: Microseconds | null;
  units: number;
  state: GrantState;
  used: number;
}

interface Noted {
  at: Microseconds;
}
export interface PlanChange extends Noted {
  kind: 'plan';
  before: { plan: string };
  after: { plan: string };
}
export interface LimitChange extends Noted {
  kind: 'limit';
  provider: QuotaKey;
  before: { units: number };
  after: { units: number };
}
export interface GrantChange extends Noted {
  kind: 'grant';
  grantId: string;
  before: { units: number; state: GrantState };
  after: { units: number; state: GrantState; reason: string };
}
export type BalanceChange = PlanChange | LimitChange | GrantChange;

/** The charged requests of one bucket and day, between two changes. */
export interface Charges {
  provider: QuotaKey;
  /** Null for the month's own bucket. */
  grantId: string | null;
  requests: number;
  units: number;
  from: Microseconds;
  to: Microseconds;
}

/** Whether the notes of changes do not reach back to the beginning of the month. */
export function isCutOff(history: BalanceHistory): boolean {
  const { quotas, grants, beginsAt } = history;
  return (
    quotas.some(({ hasRow, openedAt }) => hasRow && openedAt === null) ||
    grants.some(
      ({ givenAt, createdAt }) =>
        givenAt === null && createdAt >= beginsAt && isWithin(history, createdAt),
    )
  );
}

/** The instant from which on each change has a line. */
export function startOf(history: BalanceHistory): Microseconds {
  const { beginsAt, notedSince } = history;
  return isCutOff(history) ? Math.max(beginsAt, notedSince ?? beginsAt) : beginsAt;
}

export function isWithin({ endsAt }: BalanceHistory, at: Microseconds): boolean {
  return endsAt === null || at < endsAt;
}

export function changesOf({ changes }: BalanceHistory, { id }: KeptGrant): GrantChange[] {
  return changes.filter(
    (change): change is GrantChange => change.kind === 'grant' && change.grantId === id,
  );
}

export function isGivenSince({ givenAt }: KeptGrant, start: Microseconds): boolean {
  return givenAt !== null && givenAt >= start;
}

/** Whether a grant counts in this month. A grant of another month does not. */
export function isOfMonth({ lasts, period }: KeptGrant, history: BalanceHistory): boolean {
  return lasts !== 'month' || period === history.period;
}

/** The charges that have lines. */
export function toldCharges(history: BalanceHistory): Charges[] {
  const start = startOf(history);
  const isCut = isCutOff(history);
  return history.charges.filter(({ grantId, from }) =>
    grantId === null ? !isCut || from >= start : from >= start && isWithin(history, from),
  );
}

export function unitsOf(charges: Charges[]): number {
  return charges.reduce((sum, { units }) => sum + units, 0);
}
