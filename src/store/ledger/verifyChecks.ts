// What must hold in the ledger, one query each. It returns (subject, problem) for each breach.

import { HOLD_STATES } from '../../domain/hold.js';
import { WALLET } from '../../domain/provider.js';
import { Prisma } from '../generated/client.js';
import { HOLD_QUOTA } from './sql.js';

const UNKNOWN_STATE = Prisma.sql`state <> ALL(${[...HOLD_STATES]}::text[])`;

/** Only a hold of which less was charged than it held, or that its turn paid for, may count for nothing. */
const NO_UNITS = Prisma.sql`(units < 0 OR units = 0 AND held_units IS NULL AND turn_of IS NULL)`;

/** A hold whose own columns contradict each other. */
const BROKEN = Prisma.sql`((state = 'pending') <> (ended_at IS NULL) OR ${NO_UNITS}
  OR ${UNKNOWN_STATE}
  OR state = 'expired' AND ended_at < lease_ends_at)`;

/** What each quota and each grant should show, from a single pass over the holds. */
export const SUMS = Prisma.sql`
drawn AS MATERIALIZED (
  SELECT license_id, period, ${HOLD_QUOTA} AS provider, hold.provider AS sent_to, grant_id, named_key_id,
    count(*) AS holds, count(*) FILTER (WHERE state <> 'pending') AS ended,
    coalesce(sum(units) FILTER (WHERE state = 'posted'), 0)::bigint AS posted,
    coalesce(sum(units) FILTER (WHERE state = 'pending'), 0)::bigint AS pending,
    min(created_at) AS first_at, max(created_at) AS last_at, bool_or(${BROKEN}) AS any_broken
  FROM hold GROUP BY 1, 2, 3, 4, 5, 6
),
quota_sums AS MATERIALIZED (
  SELECT license_id, period, provider,
    coalesce(sum(posted) FILTER (WHERE grant_id IS NULL), 0)::bigint AS posted,
    coalesce(sum(pending) FILTER (WHERE grant_id IS NULL), 0)::bigint AS pending,
    coalesce(sum(posted) FILTER (WHERE grant_id IS NOT NULL), 0)::bigint AS grants_posted,
    coalesce(sum(pending) FILTER (WHERE grant_id IS NOT NULL), 0)::bigint AS grants_pending
  FROM drawn GROUP BY license_id, period, provider
),
wallet_sums AS MATERIALIZED (
  SELECT license_id, period, sent_to AS provider, sum(posted)::bigint AS posted
  FROM drawn WHERE provider = ${WALLET} GROUP BY license_id, period, sent_to
),
grant_sums AS MATERIALIZED (
  SELECT grant_id, sum(posted)::bigint AS posted, sum(pending)::bigint AS pending
  FROM drawn WHERE grant_id IS NOT NULL GROUP BY grant_id
),
named_sums AS MATERIALIZED (
  SELECT named_key_id, period, provider, sum(posted)::bigint AS posted, sum(pending)::bigint AS pending
  FROM drawn WHERE named_key_id IS NOT NULL GROUP BY named_key_id, period, provider
)`;

const QUOTA = Prisma.sql`format('quota %s %s %s', license_id, period, provider) AS subject`;
const GRANT = Prisma.sql`format('grant %s of license %s', id, license_id) AS subject`;

const NAMED = Prisma.sql`format('named key %s %s %s', named_key_id, period, provider) AS subject`;

/** Of a quota, a grant or a named key's month, joined with what its holds sum up to. */
const BALANCE_PROBLEMS = Prisma.sql`
CASE WHEN used <> archived + coalesce(posted, 0)
      THEN format('used is %s, its holds posted %s', used, archived + coalesce(posted, 0)) END,
    CASE WHEN held <> coalesce(pending, 0)
      THEN format('held is %s, its pending holds are %s', held, coalesce(pending, 0)) END`;
const HAS_BALANCE_PROBLEM = Prisma.sql`
(used <> archived + coalesce(posted, 0) OR held <> coalesce(pending, 0))`;

/** Around a border between months that was not decided when it passed. */
function slackSql(border: 'starts_at' | 'ends_at'): Prisma.Sql {
  return Prisma.sql`CASE WHEN ${Prisma.raw(border)} <= written_at
    THEN interval '26 hours' ELSE interval '0' END`;
}

export const CHECKS: Record<string, Prisma.Sql> = {
  'quotas that differ from their holds': Prisma.sql`
SELECT ${QUOTA},
  concat_ws('; ', ${BALANCE_PROBLEMS},
    CASE WHEN grants_used <> grants_archived + coalesce(grants_posted, 0)
      THEN format('used from grants is %s, its holds posted %s', grants_used,
        grants_archived + coalesce(grants_posted, 0)) END) AS problem
FROM quota_period LEFT JOIN quota_sums USING (license_id, period, provider)
WHERE ${HAS_BALANCE_PROBLEM}
  OR grants_used <> grants_archived + coalesce(grants_posted, 0)`,

  'grants that differ from their holds': Prisma.sql`
SELECT ${GRANT},
  concat_ws('; ', ${BALANCE_PROBLEMS}) AS problem
FROM license_grant LEFT JOIN grant_sums ON grant_id = id
WHERE ${HAS_BALANCE_PROBLEM}`,

  'wallets whose use of a provider differs from their holds': Prisma.sql`
SELECT ${QUOTA}, format('%s of the wallet are counted, its holds posted %s', coalesce(used, 0),
  coalesce(archived, 0) + coalesce(posted, 0)) AS problem
FROM wallet_use FULL JOIN wallet_sums USING (license_id, period, provider)
WHERE coalesce(used, 0) <> coalesce(archived, 0) + coalesce(posted, 0)`,

  'months of named keys that differ from their holds': Prisma.sql`
SELECT ${NAMED}, concat_ws('; ', ${BALANCE_PROBLEMS}) AS problem
FROM (SELECT named_key_id, period, provider, used, archived, CASE WHEN counts_held THEN held END AS held
  FROM named_key_month) month LEFT JOIN named_sums USING (named_key_id, period, provider)
WHERE ${HAS_BALANCE_PROBLEM}`,

  'months of named keys whose limits do not count what is held': Prisma.sql`
SELECT ${QUOTA}, CASE WHEN has_limited_keys THEN 'a month of a key does not count what is held'
    ELSE 'a key has a limit, but what is held is not counted' END AS problem
FROM quota_period WHERE CASE WHEN has_limited_keys
  THEN EXISTS (SELECT FROM named_key key JOIN named_key_month month ON month.named_key_id = key.id
    WHERE key.license_id = quota_period.license_id AND month.period = quota_period.period
      AND month.provider = quota_period.provider AND NOT counts_held)
  ELSE period = (SELECT period FROM this_month) AND EXISTS (
    SELECT FROM named_key key JOIN named_key_limit own ON own.named_key_id = key.id
    WHERE key.license_id = quota_period.license_id AND own.provider = quota_period.provider) END`,

  'holds without a month of their named key': Prisma.sql`
SELECT ${NAMED}, format('%s holds name it, but it does not exist', sum(ended)) AS problem
FROM drawn LEFT JOIN named_key_month month USING (named_key_id, period, provider)
WHERE named_key_id IS NOT NULL AND month.named_key_id IS NULL AND ended > 0
GROUP BY named_key_id, period, provider`,

  'holds with a named key of another license': Prisma.sql`
SELECT ${NAMED}, format('%s holds of license %s are made with it', sum(holds), drawn.license_id) AS problem
FROM drawn JOIN named_key ON named_key.id = named_key_id
WHERE named_key.license_id <> drawn.license_id
GROUP BY named_key_id, drawn.license_id, period, provider`,

  'named keys that used more than their limits': Prisma.sql`
SELECT ${NAMED}, CASE
    WHEN used + held > highest_limit
      THEN format('used %s + held %s is more than its limit ever was: %s', used, held, highest_limit)
    WHEN archived > used THEN format('archived %s of %s used', archived, used)
    ELSE 'a counter is below zero' END AS problem
FROM named_key_month
WHERE used + held > highest_limit OR archived > used OR least(used, held, archived) < 0`,

  'holds without a quota': Prisma.sql`
SELECT ${QUOTA}, format('%s holds name it, but it does not exist', sum(holds)) AS problem
FROM drawn LEFT JOIN quota_period USING (license_id, period, provider)
WHERE quota_period.license_id IS NULL GROUP BY license_id, period, provider`,

  'holds drawn from a wrong grant': Prisma.sql`
SELECT format('grant %s', grant_id) AS subject,
  format('%s holds of license %s %s %s are drawn from it, but it %s', sum(holds), drawn.license_id,
    drawn.period, drawn.provider, CASE
      WHEN pack.id IS NULL THEN 'does not exist'
      WHEN pack.license_id <> drawn.license_id THEN 'is another license''s'
      WHEN pack.provider <> drawn.provider THEN 'is of another provider'
      ELSE 'is no bucket of its own' END) AS problem
FROM drawn LEFT JOIN license_grant pack ON pack.id = grant_id
WHERE grant_id IS NOT NULL AND (pack.id IS NULL OR pack.license_id <> drawn.license_id
  OR pack.provider <> drawn.provider OR pack.lasts <> 'until-used')
GROUP BY grant_id, drawn.license_id, drawn.period, drawn.provider, pack.id`,

  // What was counted before the months were written down was counted in a zone that is not known any more. No zone on
  // earth is further from UTC than this.
  'holds in a month that is not theirs': Prisma.sql`
SELECT ${QUOTA}, format('it has holds that were made in another month: from %s to %s',
  min(first_at), max(last_at)) AS problem
FROM drawn LEFT JOIN quota_month month ON month.label = period
WHERE CASE WHEN month.label IS NULL
  THEN period < to_char((last_at - interval '12 hours') AT TIME ZONE 'UTC', 'YYYY-MM')
    OR period > to_char((first_at + interval '14 hours') AT TIME ZONE 'UTC', 'YYYY-MM')
  ELSE first_at < starts_at - ${slackSql('starts_at')} OR last_at >= ends_at + ${slackSql('ends_at')} END
GROUP BY license_id, period, provider`,

  'months that do not follow one another': Prisma.sql`
SELECT format('month %s', label) AS subject,
  format('it ends at %s, and the next one begins at %s', ends_at, next_at) AS problem
FROM (SELECT label, ends_at, lead(starts_at) OVER (ORDER BY starts_at) AS next_at FROM quota_month) month
WHERE ends_at <> next_at`,

  // Only where there are any, they are read again to name them.
  'holds that contradict themselves': Prisma.sql`
SELECT format('hold %s', id) AS subject, CASE
    WHEN ${UNKNOWN_STATE} THEN format('its state is %s', state)
    WHEN ${NO_UNITS} THEN format('it is of %s units', units)
    WHEN state = 'pending' THEN format('it is pending, but ended at %s', ended_at)
    WHEN ended_at IS NULL THEN format('it is %s, but has not ended', state)
    ELSE 'it expired before its lease was over' END AS problem
FROM hold
WHERE (SELECT bool_or(any_broken) FROM drawn) AND ${BROKEN}`,

  'quotas that gave more than they had': Prisma.sql`
SELECT ${QUOTA}, CASE
    WHEN used + held > highest_limit
      THEN format('used %s + held %s is more than it ever had: %s', used, held, highest_limit)
    WHEN plan_limit + addon_limit > highest_limit
      THEN format('limit %s is more than the highest noted: %s', plan_limit + addon_limit, highest_limit)
    WHEN archived > used OR grants_archived > grants_used
      THEN format('archived %s of %s used, %s of %s from grants', archived, used, grants_archived,
        grants_used)
    ELSE 'a counter is below zero' END AS problem
FROM quota_period
WHERE used + held > highest_limit OR plan_limit + addon_limit > highest_limit OR archived > used
  OR grants_archived > grants_used
  OR least(plan_limit, addon_limit, used, held, grants_used, archived, grants_archived) < 0`,

  'grants that gave more than they had': Prisma.sql`
SELECT ${GRANT}, CASE
    WHEN used + held > units
      THEN format('used %s + held %s is more than it was given: %s', used, held, units)
    WHEN entitled > units THEN format('entitled to %s of %s units', entitled, units)
    WHEN archived > used THEN format('archived %s of %s used', archived, used)
    ELSE 'a counter is below zero' END AS problem
FROM license_grant
WHERE used + held > units OR entitled > units OR archived > used
  OR least(entitled, used, held, archived) < 0`,

  'sums of pruned holds that disagree': Prisma.sql`
SELECT format('license %s %s', license_id, provider) AS subject,
  format('its months archived %s from grants, its grants %s', months, grants) AS problem
FROM (
  SELECT license_id, provider, sum(of_month) AS months, sum(of_grant) AS grants FROM (
    SELECT license_id, provider, grants_archived AS of_month, 0 AS of_grant FROM quota_period
    UNION ALL SELECT license_id, provider, 0, archived FROM license_grant
  ) each GROUP BY license_id, provider
) sums WHERE months <> grants`,

  // A past month keeps what its grants gave at that time, so only an upper bound can be checked.
  'quotas whose add-ons differ from the grants': Prisma.sql`
SELECT ${QUOTA}, CASE WHEN period = (SELECT period FROM this_month)
    THEN format('add-ons give %s, its grants %s', addon_limit, coalesce(entitled, 0))
    ELSE format('add-ons gave %s, its grants at most %s', addon_limit, coalesce(units, 0)) END AS problem
FROM quota_period
LEFT JOIN (
  SELECT quota_period.license_id, quota_period.period, quota_period.provider, sum(units) AS units,
    sum(entitled) FILTER (WHERE state = 'active') AS entitled
  FROM quota_period JOIN license_grant pack ON pack.license_id = quota_period.license_id
    AND pack.provider = quota_period.provider
    AND (lasts = 'subscription' OR lasts = 'month' AND pack.period = quota_period.period)
  GROUP BY quota_period.license_id, quota_period.period, quota_period.provider
) given USING (license_id, period, provider)
WHERE addon_limit > coalesce(units, 0)
  OR period = (SELECT period FROM this_month) AND addon_limit <> coalesce(entitled, 0)`,

  'statements that are not what happened': Prisma.sql`
SELECT format('statement %s %s %s', said.license_id, said.period, said.provider) AS subject, CASE
    WHEN own.license_id IS NULL THEN 'there is no such quota'
    WHEN own.held > 0 OR grants_pending > 0 THEN 'it was written, but holds are pending'
    ELSE format('it says limit %s + %s, used %s, %s from grants; the quota says %s + %s, %s, %s',
      said.plan_limit, said.addon_limit, said.used, said.grants_used, own.plan_limit,
      own.addon_limit, own.used, own.grants_used) END AS problem
FROM period_statement said
LEFT JOIN quota_period own USING (license_id, period, provider)
LEFT JOIN quota_sums USING (license_id, period, provider)
WHERE own.license_id IS NULL OR own.held > 0 OR grants_pending > 0
  OR (said.plan_limit, said.addon_limit, said.used, said.grants_used)
    IS DISTINCT FROM (own.plan_limit, own.addon_limit, own.used, own.grants_used)`,
};
