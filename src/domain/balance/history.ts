// What the ledger keeps of one month's balance: the counters at its end, and what changed them.

import type { GrantState, Lasts } from '../grant.js';
import type { QuotaKey } from '../provider.js';

/** Microseconds since 1970, as the database keeps instants. */
export type Microseconds = number;

export interface BalanceHistory {
  period: string;
  beginsAt: Microseconds;
  /** Null for the present month. */
  endsAt: Microseconds | null;
  license: { plan: string; createdAt: Microseconds };
  /** Since when changes are noted; null for always. */
  notedSince: Microseconds | null;
  quotas: KeptQuota[];
  grants: KeptGrant[];
  /** In the order in which they were made. */
  changes: BalanceChange[];
  /** Of the month's own bucket those of this month; of grants all since the month began. */
  charges: Charges[];
}

/** A month's own bucket of one provider, as it is at the end. */
export interface KeptQuota {
  provider: QuotaKey;
  planLimit: number;
  addonLimit: number;
  used: number;
  hasRow: boolean;
  /** Null without a row, and where the row is older than the notes of changes. */
  openedAt: Microseconds | null;
}

/** A grant as it is now. */
export interface KeptGrant {
  id: string;
  provider: QuotaKey;
  lasts: Lasts;
  period: string | null;
  product: string | null;
  /** The order that it was bought with; null for one that an administrator gave. */
  order: string | null;
  createdAt: Microseconds;
  /** When the license got it; null where that is older than the notes of changes. */
  givenAt: Microseconds | null;
  units: number;
  state: GrantState;
  used: number;
}

interface Noted {
  id: number;
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

/** The charged requests of one day and bucket between two changes. */
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

/** From when on there is a line for each change. */
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

/** A grant of another month gives nothing to this one. */
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
