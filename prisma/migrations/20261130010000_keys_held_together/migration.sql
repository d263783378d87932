-- Wants with named keys are held in the period's own bucket together with all others, in one statement.

-- Holds wants with keys of any kind in the period's own buckets, where all of a license and provider fit there and
-- all of a named key fit in its own limit: the common case of a batch with named keys. What does not fit, or is not
-- what the caller believes, is left to the functions that answer why: sahm_hold_own, sahm_hold_any, sahm_hold_named.
-- A key's month that is missing is opened there.
-- quotas: [{ordinal, license_id, key_id, version, provider, size, total}], with any key; several may be of one license
-- and provider. holds: [{ordinal, id, model, dialect?, user_digest?}], of `size` units each, `total` in all of a quota.
-- Answers {resets_at, counters, grants}: the own counters of the quotas that were held, by ordinal, with own_limit and
-- own_used of a named key that has a limit (own_used before this); grants as sahm_hold_own answers them.
CREATE FUNCTION sahm_hold_keys(quotas json, holds json, zone text, lease_ms bigint) RETURNS json
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
  named_key_ids uuid[];
  license_ids uuid[];
  counters json;
  grants json;
BEGIN
  SELECT label, extract(epoch FROM ends_at)::float8 INTO this_period, this_end FROM quota_month
  WHERE starts_at <= instant ORDER BY starts_at DESC LIMIT 1;
  IF NOT FOUND THEN this_period := sahm_month(instant, zone); END IF;
  SELECT array_agg(named_key_id) INTO named_key_ids FROM (
    SELECT named_key_id FROM named_key_month
    WHERE named_key_id = ANY (ARRAY(SELECT named_key_id FROM license_key
        WHERE id = ANY (ARRAY(SELECT key_id FROM json_to_recordset(quotas) AS each(key_id uuid)))))
      AND period = this_period
    ORDER BY named_key_id, period, provider FOR NO KEY UPDATE) locked;

  -- In a statement of its own: now that the months are locked, limits and counters are seen as they are.
  WITH
  each AS MATERIALIZED (
    SELECT * FROM json_to_recordset(quotas) AS each(ordinal int, license_id uuid, key_id uuid,
      version int, provider text, size bigint, total bigint)
  ),
  known_key AS (
    SELECT id, named_key_id, coalesce(license_id,
      (SELECT named_key.license_id FROM named_key WHERE named_key.id = named_key_id)) AS license_id
    FROM license_key WHERE id = ANY (ARRAY(SELECT key_id FROM each))
      AND (valid_until IS NULL OR valid_until > instant)
  ),
  month AS (
    SELECT named_key_id, provider, used, held,
      (SELECT own.units FROM named_key_limit own WHERE own.named_key_id = month.named_key_id
        AND own.provider = month.provider) AS own_limit
    FROM named_key_month month
    WHERE named_key_id = ANY (named_key_ids) AND period = this_period
  ),
  want AS (
    -- What a cache may hold wrongly is compared here.
    SELECT each.*, license_key.named_key_id, month.used AS own_used, month.own_limit,
      sum(total) OVER (PARTITION BY license_key.named_key_id, each.provider) AS key_total,
      month.used + month.held AS key_taken
    FROM each
    JOIN known_key license_key ON license_key.id = each.key_id
      AND license_key.license_id = each.license_id
    LEFT JOIN month ON month.named_key_id = license_key.named_key_id
      AND month.provider = each.provider
    WHERE (SELECT license.version = each.version AND license.state = 'active'
          AND (license.expires_at IS NULL OR license.expires_at > instant)
          AND (license.changes_at IS NULL OR license.changes_at > instant)
        FROM license WHERE license.id = each.license_id)
      AND (license_key.named_key_id IS NULL OR month.named_key_id IS NOT NULL)
  ),
  fitting AS MATERIALIZED (
    SELECT * FROM want WHERE named_key_id IS NULL OR own_limit IS NULL
      OR key_taken + key_total <= own_limit
  ),
  quota AS MATERIALIZED (
    SELECT license_id, provider, sum(total)::bigint AS total FROM fitting
    GROUP BY license_id, provider ORDER BY license_id, provider
  ),
  counted AS (
    UPDATE quota_period own SET held = own.held + quota.total
    FROM quota
    WHERE own.license_id = ANY (ARRAY(SELECT license_id FROM quota))
      AND own.license_id = quota.license_id AND own.period = this_period
      AND own.provider = quota.provider
      AND own.used + own.held + quota.total <= own.plan_limit + own.addon_limit
    RETURNING own.*
  ),
  drawn AS MATERIALIZED (
    SELECT fitting.*, plan_limit, addon_limit, used, held, grants_used
    FROM fitting JOIN counted USING (license_id, provider)
  ),
  month_after AS (
    UPDATE named_key_month month SET held = month.held + taken.units, last_used_at = instant,
      highest_limit = CASE WHEN month.highest_limit IS NOT NULL AND taken.own_limit IS NOT NULL
        THEN greatest(month.highest_limit, taken.own_limit) END
    FROM (SELECT named_key_id, provider, own_limit, sum(total)::bigint AS units FROM drawn
      WHERE named_key_id IS NOT NULL GROUP BY named_key_id, provider, own_limit) taken
    WHERE month.named_key_id = ANY (named_key_ids) AND month.period = this_period
      AND month.named_key_id = taken.named_key_id AND month.provider = taken.provider
  ),
  inserted AS (
    INSERT INTO hold (id, license_id, provider, period, named_key_id, user_digest, units, state,
      model, created_at, lease_ends_at, dialect)
    SELECT new_hold.id, license_id, provider, this_period, named_key_id, new_hold.user_digest, size,
      'pending', new_hold.model, instant, instant + lease_ms * interval '1 millisecond',
      new_hold.dialect
    FROM json_to_recordset(holds)
      AS new_hold(ordinal int, id uuid, model text, dialect text, user_digest text)
    JOIN drawn USING (ordinal)
  )
  SELECT array_agg(license_id), json_agg(json_build_object('ordinal', ordinal,
      'plan_limit', plan_limit, 'addon_limit', addon_limit, 'used', used, 'held', held,
      'grants_used', grants_used, 'own_used', own_used, 'own_limit', own_limit))
  INTO license_ids, counters FROM drawn;
  -- In a statement of its own: now that the period is locked, grants are seen as they are.
  SELECT json_agg(pack) INTO grants FROM (
    SELECT license_id, provider, sum(greatest(0, entitled - used))::bigint AS unspent
    FROM license_grant WHERE license_id = ANY (license_ids) AND lasts = 'until-used'
      AND state = 'active'
    GROUP BY license_id, provider) pack;
  RETURN json_build_object('resets_at', coalesce(this_end, sahm_month_ends(this_period, zone)),
    'counters', coalesce(counters, '[]'), 'grants', coalesce(grants, '[]'));
END $$;
