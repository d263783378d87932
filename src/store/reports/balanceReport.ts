// Reads what the ledger keeps of one month's balance, all of one moment.

import type {
  BalanceHistory,
  Charges,
  KeptGrant,
  KeptQuota,
} from '../../domain/balance/history.js';
import { isCutOff } from '../../domain/balance/history.js';
import { type BalanceLine, balanceLines } from '../../domain/balance/lines.js';
import type { Catalog, Plan } from '../../domain/catalog.js';
import { type Provider, type QuotaKey, WALLET } from '../../domain/provider.js';
import { type Refusal, refuseField } from '../../domain/refusal.js';
import { queryJson } from '../database/queries.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import { beginsAtSql, clockSql, HOLD_QUOTA, monthEndsSql, monthSql } from '../ledger/sql.js';
import { entitledSql } from '../ledger/usage.js';
import { KEPT_MONTHS } from '../upkeep/prune.js';
import { daySql } from './askedDays.js';

export interface BalanceQuery {
  /** Undefined: all together. */
  provider?: Provider | undefined;
  /** `2026-11`; undefined for the present month. */
  period?: string | undefined;
}

export interface ExplainedBalance {
  kind: 'balance';
  period: string;
  /** Whether the plan sells money: all numbers are micro-dollars. */
  isMoney: boolean;
  balance: number;
  lines: BalanceLine[];
}

export interface BalanceReport {
  read(licenseId: string, query: BalanceQuery): Promise<ExplainedBalance | Refusal>;
}

interface ReadHistory extends Omit<BalanceHistory, 'endsAt'> {
  endsAt: number;
  present: string;
  /** The first month that can be explained, and whether the one that is asked for is one of them. */
  first: string;
  isKept: boolean;
}

export function createBalanceReport(
  prisma: PrismaClient,
  catalog: () => Catalog,
  timeZone: string,
): BalanceReport {
  return {
    async read(licenseId, { provider, period }) {
      const sql = historySql(catalog(), licenseId, period ?? null, timeZone);
      const read = await queryJson<ReadHistory>(prisma, sql);
      const { plans } = catalog();
      const isMoney = plans.get(read.license.plan)?.wallet !== undefined;
      const whole = { ...read, endsAt: read.period === read.present ? null : read.endsAt };
      const history = ofProvider(ofMeter(whole, isMoney), isMoney ? undefined : provider);
      if (period !== undefined && !canBeExplained(history, read)) {
        return refuseField('period', `a month from ${read.first} to ${read.present}`);
      }
      const explained = balanceLines(history, (plan, of) => allowanceOf(plans.get(plan), of));
      return { kind: 'balance', period: read.period, isMoney, ...explained };
    },
  };
}

/** What a plan counts is explained: requests, or money. The other meter's buckets rest. */
function ofMeter(history: BalanceHistory, isMoney: boolean): BalanceHistory {
  return filtered(history, key => (key === WALLET) === isMoney);
}

function allowanceOf(plan: Plan | undefined, of: QuotaKey): number | undefined {
  return of === WALLET ? plan?.wallet?.monthlyMicrousd : plan?.allowances[of];
}

function canBeExplained(history: BalanceHistory, { isKept, endsAt }: ReadHistory): boolean {
  const { notedSince } = history;
  if (!isKept) return false;
  return !isCutOff(history) || notedSince === null || notedSince < endsAt;
}

function ofProvider(history: BalanceHistory, provider: Provider | undefined): BalanceHistory {
  return provider === undefined ? history : filtered(history, key => key === provider);
}

function filtered(history: BalanceHistory, isOf: (key: QuotaKey) => boolean): BalanceHistory {
  const isIts = (row: KeptQuota | KeptGrant | Charges) => isOf(row.provider);
  return {
    ...history,
    quotas: history.quotas.filter(isIts),
    grants: history.grants.filter(isIts),
    changes: history.changes.filter(change => change.kind !== 'limit' || isOf(change.provider)),
    charges: history.charges.filter(isIts),
  };
}

/** The migration since which triggers note what changes a balance. */
export const NOTED_SINCE = '20261129090010_balance_history';

function usSql(instant: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(extract(epoch FROM ${instant}) * 1000000)::float8`;
}

/** A row that is missing in the present month is what it would be opened with. */
function historySql(
  catalog: Catalog,
  licenseId: string,
  period: string | null,
  timeZone: string,
): Prisma.Sql {
  const us = (name: string) => usSql(Prisma.raw(name));
  const asked = Prisma.sql`coalesce(${period}, clock.period)`;
  const kept = Prisma.sql`greatest(own.created_at, month.now - ${KEPT_MONTHS}::int * interval '1 month')`;
  const first = monthSql(kept, timeZone);
  return Prisma.sql`
WITH clock AS (${clockSql(timeZone)}),
month AS MATERIALIZED (
  SELECT clock.now, clock.period AS present, ${asked} AS period,
    ${beginsAtSql(asked, timeZone)} AS begins_at,
    to_timestamp(${monthEndsSql(asked, timeZone)}) AS ends_at
  FROM clock
),
own AS (SELECT * FROM license WHERE id = ${licenseId}::uuid),
pack AS MATERIALIZED (
  SELECT pack.*, line.shop, line.order_id FROM license_grant pack
  LEFT JOIN purchase_line line ON line.id = pack.purchase_line_id
  WHERE pack.license_id = ${licenseId}::uuid
),
noted AS (
  SELECT finished_at FROM _prisma_migrations WHERE migration_name = ${NOTED_SINCE}
),
changed AS MATERIALIZED (
  SELECT * FROM balance_change WHERE license_id = ${licenseId}::uuid
),
quota AS (
  SELECT entitled.provider, own.license_id IS NOT NULL AS has_row, own.opened_at,
    coalesce(own.plan_limit, entitled.plan_limit) AS plan_limit,
    coalesce(own.addon_limit, entitled.addon_limit) AS addon_limit, coalesce(own.used, 0) AS used
  FROM month CROSS JOIN LATERAL (
    ${entitledSql(catalog, Prisma.sql`${[licenseId]}`, Prisma.sql`month.period`)}) entitled
  LEFT JOIN quota_period own ON own.license_id = entitled.license_id
    AND own.provider = entitled.provider AND own.period = month.period
  WHERE own.license_id IS NOT NULL OR month.period = month.present
),
threshold AS (
  SELECT array_agg(at ORDER BY at) AS all FROM (
    SELECT at FROM changed UNION SELECT given_at FROM pack UNION SELECT finished_at FROM noted
    UNION SELECT begins_at FROM month UNION SELECT ends_at FROM month) each
  WHERE at IS NOT NULL
),
charged AS (
  SELECT ${HOLD_QUOTA} AS provider, grant_id, ${daySql(Prisma.sql`ended_at`, timeZone)} AS day,
    width_bucket(ended_at, threshold.all) AS part, count(*)::float8 AS requests,
    sum(units)::float8 AS units, min(ended_at) AS first_at, max(ended_at) AS last_at
  FROM hold CROSS JOIN month CROSS JOIN threshold
  WHERE license_id = ${licenseId}::uuid AND state = 'posted'
    AND CASE WHEN grant_id IS NULL THEN hold.period = month.period ELSE ended_at >= begins_at END
  GROUP BY 1, 2, 3, 4
)
SELECT json_build_object(
  'period', month.period, 'present', month.present,
  'first', ${first},
  'isKept', month.begins_at >= ${beginsAtSql(first, timeZone)} AND month.begins_at <= month.now,
  'beginsAt', ${us('month.begins_at')}, 'endsAt', ${us('month.ends_at')},
  'license', json_build_object('plan', own.plan, 'createdAt', ${us('own.created_at')}),
  'notedSince', (SELECT ${us('finished_at')} FROM noted),
  'quotas', (SELECT coalesce(json_agg(json_build_object('provider', provider,
      'planLimit', plan_limit, 'addonLimit', addon_limit, 'used', used, 'hasRow', has_row,
      'openedAt', ${us('opened_at')}) ORDER BY provider DESC), '[]') FROM quota),
  'grants', (SELECT coalesce(json_agg(json_build_object('id', id, 'provider', provider,
      'lasts', lasts, 'period', pack.period, 'product', product_id,
      'order', shop || ':' || order_id, 'createdAt', ${us('created_at')},
      'givenAt', ${us('given_at')}, 'units', entitled, 'state', state, 'used', used)
      ORDER BY created_at, id), '[]') FROM pack),
  'changes', (SELECT coalesce(json_agg(json_build_object('at', ${us('at')}, 'kind', kind,
      'provider', provider, 'grantId', grant_id, 'before', before, 'after', after) ORDER BY id), '[]')
    FROM changed WHERE kind <> 'limit' OR changed.period = month.period),
  'charges', (SELECT coalesce(json_agg(json_build_object('provider', provider, 'grantId', grant_id,
      'requests', requests, 'units', units, 'from', ${us('first_at')}, 'to', ${us('last_at')})
      ORDER BY first_at), '[]') FROM charged)
)::text AS answer
FROM month CROSS JOIN own`;
}
