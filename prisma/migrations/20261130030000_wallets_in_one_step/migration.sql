-- Holds of wallets cost more than those of requests because each want was looked at by itself. Now all of a license are
-- held together where all of them fit, as for requests; sahm_hold_wallets takes only the others.

-- Holds the wants of each license's wallet in the month's own bucket, when there is room for all of them and for each
-- to grow to all that it may come to: the common case. It is the same then as one after another.
-- wallets: [{license_id, key_id, version, total, most, holds: [{id, provider, units, model, dialect?, user_digest?}]}],
-- one for each license, by license, with the master key: no other is known here. units: what is held now; total: their
-- sum; most: the most that one of them may come to; provider: where it is sent.
-- Answers {period, resets_at, counters, grants}: the own counters of the licenses whose wants are held, and what is left
-- in their grants. Of the others nothing is held.
CREATE FUNCTION sahm_hold_wallets_own(wallets json, zone text, lease_ms bigint) RETURNS json
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
-- Rows are locked as the index has them and not as the table has.
SET enable_bitmapscan = off
AS $$
DECLARE
  instant timestamptz := sahm_now();
  this_period text;
  this_end float8;
  license_ids uuid[];
  counters json;
  grants json;
BEGIN
  WITH
  -- As in sahm_hold_own.
  month AS MATERIALIZED (
    SELECT label, extract(epoch FROM ends_at)::float8 AS ends FROM quota_month
    WHERE starts_at <= instant ORDER BY starts_at DESC LIMIT 1
  ),
  this_month AS MATERIALIZED (
    SELECT coalesce((SELECT label FROM month), sahm_month(instant, zone)) AS label
  ),
  want AS MATERIALIZED (
    SELECT each.*,
      (SELECT license.version = each.version AND license.state = 'active'
          AND (license.expires_at IS NULL OR license.expires_at > instant)
          AND (license.changes_at IS NULL OR license.changes_at > instant)
        FROM license WHERE license.id = each.license_id)
      AND (SELECT license_key.license_id = each.license_id
          AND (license_key.valid_until IS NULL OR license_key.valid_until > instant)
        FROM license_key WHERE license_key.id = each.key_id) AS is_allowed
    FROM json_to_recordset(wallets) AS each(license_id uuid, key_id uuid, version int, total bigint,
      most bigint, holds json)
  ),
  counted AS (
    UPDATE quota_period own SET held = own.held + want.total
    FROM want
    WHERE own.license_id = ANY (ARRAY(SELECT license_id FROM want))
      AND own.license_id = want.license_id AND own.period = (SELECT label FROM this_month)
      AND own.provider = 'all' AND want.is_allowed
      AND own.used + own.held + want.total + want.most <= own.plan_limit + own.addon_limit
    RETURNING want.holds, own.*
  ),
  inserted AS (
    INSERT INTO hold (id, license_id, provider, period, user_digest, units, unit, state, model,
      created_at, lease_ends_at, dialect)
    SELECT new_hold.id, license_id, new_hold.provider, period, new_hold.user_digest, new_hold.units,
      'microusd', 'pending', new_hold.model, instant, instant + lease_ms * interval '1 millisecond',
      new_hold.dialect
    FROM counted CROSS JOIN LATERAL json_to_recordset(holds)
      AS new_hold(id uuid, provider text, units bigint, model text, dialect text, user_digest text)
  )
  SELECT (SELECT label FROM this_month), (SELECT ends FROM month), array_agg(license_id),
    json_agg(json_build_object('license_id', license_id, 'plan_limit', plan_limit,
      'addon_limit', addon_limit, 'used', used, 'held', held, 'grants_used', grants_used))
  INTO this_period, this_end, license_ids, counters FROM counted;
  -- In a statement of its own: now that the period is locked, grants are seen as they are.
  SELECT json_agg(pack) INTO grants FROM (
    SELECT license_id, sum(greatest(0, entitled - used))::bigint AS unspent
    FROM license_grant WHERE license_id = ANY (license_ids) AND lasts = 'until-used'
      AND state = 'active' AND provider = 'all'
    GROUP BY license_id) pack;
  RETURN json_build_object('period', this_period,
    'resets_at', coalesce(this_end, sahm_month_ends(this_period, zone)),
    'counters', coalesce(counters, '[]'), 'grants', coalesce(grants, '[]'));
END $$;
