// Counters of licenses outside of requests, and the rows of a new month.

import type { Catalog } from '../../domain/catalog.js';
import { PROVIDERS, WALLET } from '../../domain/provider.js';
import type { Usage } from '../../domain/quota.js';
import type { Queries } from '../database/directQueries.js';
import { queryJson } from '../database/queries.js';
import { retryConflicts } from '../database/retryConflicts.js';
import { Prisma } from '../generated/client.js';
import { type CounterSettings, clockSql, monthEndsSql, type QuotaRow, usageFrom } from './sql.js';

/** The allowance of every plan: [{plan, provider, units}]. */
function allowancesOf(catalog: Catalog): string {
  const rows = [...catalog.plans.values()].flatMap(({ code, allowances, wallet }) =>
    wallet
      ? [{ plan: code, provider: WALLET, units: wallet.monthlyMicrousd }]
      : PROVIDERS.map(provider => ({ plan: code, provider, units: allowances[provider] })),
  );
  return JSON.stringify(rows);
}

/** Every license with what it has of each provider: its own limit, else its plan's allowance. */
export function entitledSql(
  catalog: Catalog,
  licenses: Prisma.Sql,
  period: Prisma.Sql,
): Prisma.Sql {
  return Prisma.sql`
  SELECT * FROM sahm_entitled(${licenses}::uuid[], ${period}, ${allowancesOf(catalog)}::json)`;
}

/** Opens the rows of a period, in a transaction of its own (docs/ledger.md rule 6). */
export async function openPeriods(
  db: Queries,
  catalog: Catalog,
  licenseIds: string[],
  period: string,
): Promise<void> {
  await retryConflicts(
    () => db.$queryRaw`
    SELECT sahm_open_periods(${licenseIds}::uuid[], ${period}, ${allowancesOf(catalog)}::json)::text`,
  );
}

/** The counters of a license in the current period. Also works before its first request of the month. */
export async function readUsage(
  db: Queries,
  catalog: Catalog,
  licenseId: string,
  settings: CounterSettings,
): Promise<Usage> {
  const { timeZone } = settings;
  const period = Prisma.sql`(SELECT period FROM clock)`;
  const rows = await queryJson<QuotaRow[]>(
    db,
    Prisma.sql`
WITH clock AS (${clockSql(timeZone)}),
entitled AS (${entitledSql(catalog, Prisma.sql`${[licenseId]}`, period)}),
pack AS (
  SELECT provider, sum(held) AS held,
    sum(greatest(0, entitled - used)) FILTER (WHERE state = 'active') AS unspent
  FROM license_grant WHERE license_id = ${licenseId}::uuid AND lasts = 'until-used'
  GROUP BY provider
)
SELECT coalesce(json_agg(json_build_object('license_id', entitled.license_id,
  'plan', entitled.plan, 'period', clock.period,
  'resets_at', ${monthEndsSql(Prisma.sql`clock.period`, timeZone)}, 'provider', entitled.provider,
  'plan_limit', coalesce(own.plan_limit, entitled.plan_limit),
  'addon_limit', coalesce(own.addon_limit, entitled.addon_limit),
  'used', coalesce(own.used, 0), 'held', coalesce(own.held, 0) + coalesce(pack.held, 0),
  'grants_used', coalesce(own.grants_used, 0), 'grants_unspent', coalesce(pack.unspent, 0),
  'used_by', CASE entitled.provider WHEN ${WALLET} THEN (
    SELECT json_object_agg(used_of.provider, used_of.used) FROM wallet_use used_of
    WHERE used_of.license_id = own.license_id AND used_of.period = own.period) END)), '[]'
)::text AS answer
FROM clock CROSS JOIN entitled
LEFT JOIN quota_period own ON own.license_id = entitled.license_id AND own.period = clock.period
  AND own.provider = entitled.provider
LEFT JOIN pack ON pack.provider = entitled.provider`,
  );
  return usageFrom(rows, settings);
}
