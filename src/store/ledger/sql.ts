// SQL that the ledger's statements share. Rows are locked in one order everywhere, so that replicas cannot
// deadlock: holds, then named keys' months by (named key, period, provider), then periods by (license, period,
// provider), then grants by id.

import type { PerProvider, QuotaKey } from '../../domain/provider.js';
import { perProvider, WALLET } from '../../domain/provider.js';
import type { Quota, Usage, Wallet } from '../../domain/quota.js';
import { Prisma } from '../generated/client.js';

/** The month of an instant. */
export function monthSql(instant: Prisma.Sql, timeZone: string): Prisma.Sql {
  return Prisma.sql`sahm_month(${instant}, ${timeZone})`;
}

/** When a month ends, in seconds since 1970. Labels of months say nothing about their order. */
export function monthEndsSql(period: Prisma.Sql, timeZone: string): Prisma.Sql {
  return Prisma.sql`sahm_month_ends(${period}, ${timeZone})`;
}

/** Of an `answer` of a hold: the license's counters where it was held, else none. */
export function countersIfHeldSql(licenseId: string, timeZone: string): Prisma.Sql {
  return Prisma.sql`CASE WHEN answer->>'verdict' = 'held' THEN sahm_counters(json_build_array(
    json_build_object('license_id', ${licenseId}::text, 'period', answer->'period')),
    ${timeZone}) ELSE '[]' END`;
}

/** The instant at which a period begins. */
export function beginsAtSql(period: Prisma.Sql, timeZone: string): Prisma.Sql {
  return Prisma.sql`coalesce((SELECT starts_at FROM quota_month WHERE label = ${period}),
    (${period} || '-01')::timestamp AT TIME ZONE ${timeZone})`;
}

/** The instant and the period that decide, by the database's clock. */
export function clockSql(timeZone: string): Prisma.Sql {
  return Prisma.sql`SELECT sahm_now() AS now, ${monthSql(Prisma.sql`sahm_now()`, timeZone)} AS period`;
}

/** Which quota a hold is of, in a statement that reads `hold`. */
export const HOLD_QUOTA = Prisma.sql`(CASE WHEN hold.unit IS NULL THEN hold.provider ELSE ${WALLET} END)`;

/** Counters of one provider in one period, as the statements return them. */
export interface CounterRow {
  plan_limit: number;
  addon_limit: number;
  used: number;
  held: number;
  grants_used: number;
  grants_unspent: number;
}

export interface QuotaRow extends CounterRow {
  license_id: string;
  plan: string;
  period: string;
  resets_at: number;
  provider: QuotaKey;
  /** Of a wallet that was used: what went to each provider. */
  used_by?: Partial<PerProvider<number>> | null;
}

/** What reading counters needs to know. */
export interface CounterSettings {
  timeZone: string;
  /** Whether a plan sells money. */
  sellsMoney(plan: string): boolean;
}

export function quotaFrom(row: CounterRow): Quota {
  return {
    planLimit: row.plan_limit,
    addonLimit: row.addon_limit,
    used: row.used,
    held: row.held,
    grantsUsed: row.grants_used,
    grantsUnspent: row.grants_unspent,
  };
}

/** What a named key used of one quota in a period, and its own limit. */
export interface OwnLimitRow {
  named_key_id: string;
  period: string;
  provider: QuotaKey;
  used: number;
  own_limit: number | null;
}

/** With the named key's own limit, where it has one. */
export function withOwnLimit(usage: Usage, row: OwnLimitRow | null | undefined): Usage {
  if (!row || row.own_limit === null) return usage;
  const { provider, used, own_limit: limit } = row;
  return { ...usage, ownLimit: { provider, used, limit } };
}

const NO_COUNTERS: CounterRow = {
  plan_limit: 0,
  addon_limit: 0,
  used: 0,
  held: 0,
  grants_used: 0,
  grants_unspent: 0,
};

/** The usage of one license in one period, from its rows. */
export function usageFrom(rows: QuotaRow[], { sellsMoney }: CounterSettings): Usage {
  const first = rows[0];
  if (!first) throw new Error('a license without quota rows');
  const quotas: PerProvider<Quota> = perProvider(provider => {
    const row = rows.find(candidate => candidate.provider === provider);
    return quotaFrom(row ?? NO_COUNTERS);
  });
  return {
    plan: first.plan,
    period: first.period,
    resetsAt: new Date(first.resets_at * 1000),
    quotas,
    ...(sellsMoney(first.plan) && { wallet: walletFrom(rows) }),
  };
}

function walletFrom(rows: QuotaRow[]): Wallet {
  const row = rows.find(({ provider }) => provider === WALLET);
  return {
    quota: quotaFrom(row ?? NO_COUNTERS),
    usedBy: perProvider(provider => row?.used_by?.[provider] ?? 0),
  };
}
