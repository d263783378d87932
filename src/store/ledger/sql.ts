// SQL that the ledger's statements share. Rows are locked in one order everywhere, so that replicas cannot
// deadlock: holds, then periods by (license, period, provider), then grants by id.

import type { PerProvider, Provider } from '../../domain/provider.js';
import { perProvider } from '../../domain/provider.js';
import type { Quota, Usage } from '../../domain/quota.js';
import { Prisma } from '../generated/client.js';

/** When the month after `period` begins, in seconds since 1970. */
export function resetsAtSql(period: Prisma.Sql, timeZone: string): Prisma.Sql {
  return Prisma.sql`extract(epoch FROM ((${period} || '-01')::timestamp + interval '1 month') AT TIME ZONE ${timeZone})::float8`;
}

/** The instant and the period that decide, by the database's clock. */
export function clockSql(timeZone: string): Prisma.Sql {
  return Prisma.sql`SELECT sahm_now() AS now, to_char(sahm_now() AT TIME ZONE ${timeZone}, 'YYYY-MM') AS period`;
}

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
  provider: Provider;
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

const NO_COUNTERS: CounterRow = {
  plan_limit: 0,
  addon_limit: 0,
  used: 0,
  held: 0,
  grants_used: 0,
  grants_unspent: 0,
};

/** The usage of one license in one period, from its two rows. */
export function usageFrom(rows: QuotaRow[]): Usage {
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
  };
}

/** The same where rows of later months may exist already: takes the earliest month. */
export function usageOfFirstMonth(rows: QuotaRow[]): Usage {
  const [period] = rows.map(row => row.period).sort();
  return usageFrom(rows.filter(row => row.period === period));
}
