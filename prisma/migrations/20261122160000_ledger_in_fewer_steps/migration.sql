-- The ledger's acts take fewer steps: under load a statement costs what setting up its plan costs, and
-- while it runs it keeps the license's counters locked. What they mean, take and answer is as before;
-- replicas of both kinds may run side by side.

-- A check is read from its text at each statement, so the same is said in fewer words. A transaction for
-- each table, because the ledger's acts lock the two in both orders; the rows are read through afterwards,
-- beside the acts.
BEGIN;
ALTER TABLE "hold"
  DROP CONSTRAINT "hold_provider",
  DROP CONSTRAINT "hold_state",
  ADD CONSTRAINT "hold_provider" CHECK (provider = ANY ('{openrouter, openai}'::text[])) NOT VALID,
  ADD CONSTRAINT "hold_state" CHECK (
    state = ANY ('{pending, posted, voided, expired}'::text[])) NOT VALID;
COMMIT;
BEGIN;
ALTER TABLE "quota_period"
  DROP CONSTRAINT "quota_period_provider",
  DROP CONSTRAINT "quota_period_counts",
  DROP CONSTRAINT "quota_period_never_overdrawn",
  ADD CONSTRAINT "quota_period_provider" CHECK (
    provider = ANY ('{openrouter, openai}'::text[])) NOT VALID,
  ADD CONSTRAINT "quota_period_counts" CHECK (least(plan_limit, addon_limit, held, archived,
    used - archived, grants_archived, grants_used - grants_archived) >= 0) NOT VALID,
  ADD CONSTRAINT "quota_period_never_overdrawn" CHECK (
    greatest(used + held, plan_limit + addon_limit) <= highest_limit) NOT VALID;
COMMIT;
BEGIN;
ALTER TABLE "hold" VALIDATE CONSTRAINT "hold_provider", VALIDATE CONSTRAINT "hold_state";
COMMIT;
BEGIN;
ALTER TABLE "quota_period"
  VALIDATE CONSTRAINT "quota_period_provider",
  VALIDATE CONSTRAINT "quota_period_counts",
  VALIDATE CONSTRAINT "quota_period_never_overdrawn";
COMMIT;

-- Holds the wants of each quota in the period's own bucket, when all of them fit there: the common case.
-- quotas: [{ordinal, license_id, key_id, version, provider, size, total, holds: [{id, model}]}]
-- Answers {period, resets_at, allowed, opened, admitted, counters, grants}: the ordinals that came so far
-- (admitted is for sahm_hold_once, and for replicas that know no counters), the own counters of those
-- that were admitted, and what is left in grants by license and provider.
CREATE OR REPLACE FUNCTION sahm_hold_own(quotas json, zone text, lease_ms bigint) RETURNS json
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
-- Rows are locked as the index has them and not as the table has.
SET enable_bitmapscan = off
AS $$
DECLARE
  instant timestamptz := sahm_now();
  this_period text := to_char(instant AT TIME ZONE zone, 'YYYY-MM');
  license_ids uuid[];
  allowed int[];
  opened int[];
  admitted int[];
  counters json;
  grants json;
BEGIN
  WITH
  want AS MATERIALIZED (
    -- What a cache may hold wrongly is compared here.
    SELECT each.*,
      (SELECT license.version = each.version AND license.state = 'active'
          AND (license.expires_at IS NULL OR license.expires_at > instant)
        FROM license WHERE license.id = each.license_id)
      AND (SELECT license_key.license_id = each.license_id
          AND (license_key.valid_until IS NULL OR license_key.valid_until > instant)
        FROM license_key WHERE license_key.id = each.key_id) AS is_allowed
    FROM json_to_recordset(quotas) AS each(ordinal int, license_id uuid, key_id uuid, version int,
      provider text, size bigint, total bigint, holds json)
  ),
  counted AS (
    UPDATE quota_period own SET held = own.held + want.total
    FROM want
    WHERE own.license_id = ANY (ARRAY(SELECT license_id FROM want))
      AND own.license_id = want.license_id AND own.period = this_period
      AND own.provider = want.provider AND want.is_allowed
      AND own.used + own.held + want.total <= own.plan_limit + own.addon_limit
    RETURNING want.ordinal, want.size, want.holds, own.*
  ),
  inserted AS (
    INSERT INTO hold (id, license_id, provider, period, units, state, model, created_at,
      lease_ends_at)
    SELECT new_hold.id, license_id, provider, this_period, size, 'pending', new_hold.model, instant,
      instant + lease_ms * interval '1 millisecond'
    FROM counted CROSS JOIN LATERAL json_to_recordset(holds) AS new_hold(id uuid, model text)
  )
  SELECT (SELECT array_agg(ordinal) FROM want WHERE is_allowed), array_agg(ordinal),
    array_agg(license_id), json_agg(json_build_object('ordinal', ordinal,
      'plan_limit', plan_limit, 'addon_limit', addon_limit, 'used', used, 'held', held,
      'grants_used', grants_used))
  INTO allowed, admitted, license_ids, counters FROM counted;
  IF cardinality(allowed) > coalesce(cardinality(admitted), 0) THEN
    SELECT array_agg(ordinal) INTO opened
    FROM json_to_recordset(quotas) AS want(ordinal int, license_id uuid, provider text)
    WHERE ordinal = ANY (allowed) AND (SELECT true FROM quota_period own
      WHERE own.license_id = want.license_id AND own.period = this_period
        AND own.provider = want.provider);
  END IF;
  -- In a statement of its own: now that the period is locked, grants are seen as they are.
  SELECT json_agg(pack) INTO grants FROM (
    SELECT license_id, provider, sum(greatest(0, entitled - used))::bigint AS unspent
    FROM license_grant WHERE license_id = ANY (license_ids) AND lasts = 'until-used'
      AND state = 'active'
    GROUP BY license_id, provider) pack;
  RETURN json_build_object('period', this_period,
    'resets_at', extract(epoch FROM
      ((this_period || '-01')::timestamp + interval '1 month') AT TIME ZONE zone)::float8,
    'allowed', coalesce(allowed, '{}'), 'opened', coalesce(opened, '{}'),
    'admitted', coalesce(admitted, '{}'), 'counters', coalesce(counters, '[]'),
    'grants', coalesce(grants, '[]'));
END $$;

-- The counters of licenses since a period, both providers: what a reply shows. Runs under its caller's
-- settings.
CREATE OR REPLACE FUNCTION sahm_counters_since(license_ids uuid[], since text, zone text) RETURNS json
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  answer json;
BEGIN
  SELECT coalesce(json_agg(json_build_object('license_id', own.license_id,
    'plan', (SELECT plan FROM license WHERE license.id = own.license_id), 'period', own.period,
    'resets_at', extract(epoch FROM
      ((own.period || '-01')::timestamp + interval '1 month') AT TIME ZONE zone)::float8,
    'provider', own.provider, 'plan_limit', own.plan_limit, 'addon_limit', own.addon_limit,
    'used', own.used, 'held', own.held + pack.held, 'grants_used', own.grants_used,
    'grants_unspent', pack.unspent)), '[]')
  INTO answer
  FROM quota_period own
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(held), 0)::bigint AS held,
      coalesce(sum(greatest(0, entitled - used)) FILTER (WHERE state = 'active'), 0)::bigint
        AS unspent
    FROM license_grant
    WHERE license_id = own.license_id AND provider = own.provider AND lasts = 'until-used') pack
  WHERE own.license_id = ANY (license_ids) AND own.period >= since;
  RETURN answer;
END $$;

-- The same for the licenses of these keys, since the earliest of their periods.
-- keys: [{license_id, period, ...}]
CREATE OR REPLACE FUNCTION sahm_counters(keys json, zone text) RETURNS json
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
AS $$
DECLARE
  license_ids uuid[];
  since text;
BEGIN
  SELECT array_agg(license_id), min(period) INTO license_ids, since
  FROM json_to_recordset(keys) AS each(license_id uuid, period text);
  RETURN sahm_counters_since(license_ids, since, zone);
END $$;

-- Takes what was ended out of held, and into used where it was posted. Answers the counters of its
-- licenses after that, as sahm_counters.
CREATE OR REPLACE FUNCTION sahm_count_ended(ended sahm_ended[], zone text) RETURNS json
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
AS $$
DECLARE
  license_ids uuid[];
  since text;
  grant_ids uuid[];
BEGIN
  SELECT array_agg(license_id), min(period),
    array_agg(DISTINCT grant_id) FILTER (WHERE grant_id IS NOT NULL)
  INTO license_ids, since, grant_ids
  FROM unnest(ended);
  -- Both providers' rows, because a reply shows both: of two replicas that end holds of one license
  -- at once, the later one sees what the earlier one did. In a statement of its own, so that the
  -- next ones see the rows and the grants as they are now.
  PERFORM FROM quota_period WHERE license_id = ANY (license_ids) AND period >= since
    ORDER BY license_id, period, provider FOR NO KEY UPDATE;

  IF grant_ids IS NOT NULL THEN
    WITH change AS (
      SELECT grant_id, sum(units) AS held,
        coalesce(sum(units) FILTER (WHERE state = 'posted'), 0) AS used
      FROM unnest(ended) WHERE grant_id IS NOT NULL GROUP BY grant_id
    ),
    locked AS (
      SELECT change.* FROM change JOIN license_grant pack ON pack.id = ANY (grant_ids)
        AND pack.id = change.grant_id
      ORDER BY pack.id FOR NO KEY UPDATE OF pack
    )
    UPDATE license_grant pack SET held = pack.held - locked.held, used = pack.used + locked.used
    FROM locked WHERE pack.id = ANY (grant_ids) AND pack.id = locked.grant_id;
  END IF;

  UPDATE quota_period own SET held = own.held - change.held, used = own.used + change.used,
    grants_used = own.grants_used + change.grants_used
  FROM (
    SELECT license_id, period, provider,
      coalesce(sum(units) FILTER (WHERE grant_id IS NULL), 0)::bigint AS held,
      coalesce(sum(units) FILTER (WHERE grant_id IS NULL AND state = 'posted'), 0)::bigint AS used,
      coalesce(sum(units) FILTER (WHERE grant_id IS NOT NULL AND state = 'posted'), 0)::bigint
        AS grants_used
    FROM unnest(ended) GROUP BY license_id, period, provider) change
  WHERE own.license_id = ANY (license_ids) AND own.period >= since
    AND own.license_id = change.license_id AND own.period = change.period
    AND own.provider = change.provider;
  RETURN sahm_counters_since(license_ids, since, zone);
END $$;

-- sahm_counter stays: acts that are under way at this moment go on as they were.
