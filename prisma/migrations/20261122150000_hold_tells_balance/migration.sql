-- A hold answers with the counters of its provider, so that the head of a stream needs no statement of
-- its own. Replicas that do not know of them may run beside.

-- Holds the wants of each quota in the period's own bucket, when all of them fit there: the common case.
-- quotas: [{ordinal, license_id, key_id, version, provider, size, total, holds: [{id, model}]}]
-- Answers {period, resets_at, allowed, opened, admitted, counters, grants}: the ordinals that came so far
-- (admitted is for sahm_hold_once, and for replicas that know no counters), the own counters of those
-- that were admitted, and what is left in grants by license and provider.
CREATE OR REPLACE FUNCTION sahm_hold_own(quotas json, zone text, lease_ms bigint) RETURNS json
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
AS $$
DECLARE
  instant timestamptz := sahm_now();
  this_period text := to_char(instant AT TIME ZONE zone, 'YYYY-MM');
  license_ids uuid[];
  allowed_ordinals json;
  opened_ordinals json;
  admitted_ordinals json;
  counters json;
  grants json;
BEGIN
  WITH
  want AS MATERIALIZED (
    SELECT * FROM json_to_recordset(quotas) AS each(ordinal int, license_id uuid, key_id uuid,
      version int, provider text, size bigint, total bigint, holds json)
  ),
  known_license AS MATERIALIZED (
    SELECT id, version, state, expires_at FROM license
    WHERE id = ANY (ARRAY(SELECT license_id FROM want))
  ),
  known_key AS MATERIALIZED (
    SELECT id, license_id, valid_until FROM license_key
    WHERE id = ANY (ARRAY(SELECT key_id FROM want))
  ),
  allowed AS (
    -- What a cache may hold wrongly is compared here.
    SELECT want.*
    FROM want
    JOIN known_license license ON license.id = want.license_id
      AND license.version = want.version AND license.state = 'active'
      AND (license.expires_at IS NULL OR license.expires_at > instant)
    JOIN known_key license_key ON license_key.id = want.key_id
      AND license_key.license_id = want.license_id
      AND (license_key.valid_until IS NULL OR license_key.valid_until > instant)
  ),
  admitted AS (
    UPDATE quota_period own SET held = own.held + allowed.total
    FROM allowed
    WHERE own.license_id = ANY (ARRAY(SELECT license_id FROM allowed))
      AND own.license_id = allowed.license_id AND own.period = this_period
      AND own.provider = allowed.provider
      AND own.used + own.held + allowed.total <= own.plan_limit + own.addon_limit
    RETURNING allowed.*, own.plan_limit, own.addon_limit, own.used, own.held, own.grants_used
  ),
  inserted AS (
    INSERT INTO hold (id, license_id, provider, period, units, state, model, created_at,
      lease_ends_at)
    SELECT new_hold.id, admitted.license_id, admitted.provider, this_period, admitted.size,
      'pending', new_hold.model, instant, instant + lease_ms * interval '1 millisecond'
    FROM admitted
    CROSS JOIN LATERAL json_to_recordset(admitted.holds) AS new_hold(id uuid, model text)
  )
  SELECT (SELECT coalesce(json_agg(ordinal), '[]') FROM allowed),
    -- Asked only where somebody was not admitted.
    CASE WHEN (SELECT count(*) FROM admitted) = (SELECT count(*) FROM allowed) THEN '[]'
      ELSE (SELECT coalesce(json_agg(ordinal), '[]') FROM allowed JOIN quota_period own
        ON own.license_id = ANY (ARRAY(SELECT license_id FROM allowed))
          AND own.license_id = allowed.license_id AND own.period = this_period
          AND own.provider = allowed.provider) END,
    (SELECT coalesce(json_agg(ordinal), '[]') FROM admitted),
    (SELECT coalesce(json_agg(json_build_object('ordinal', ordinal, 'plan_limit', plan_limit,
      'addon_limit', addon_limit, 'used', used, 'held', held, 'grants_used', grants_used)), '[]')
      FROM admitted),
    (SELECT array_agg(license_id) FROM admitted)
  INTO allowed_ordinals, opened_ordinals, admitted_ordinals, counters, license_ids;
  -- In a statement of its own: now that the period is locked, grants are seen as they are.
  SELECT json_agg(pack) INTO grants FROM (
    SELECT license_id, provider, sum(greatest(0, entitled - used))::bigint AS unspent
    FROM license_grant WHERE license_id = ANY (license_ids) AND lasts = 'until-used'
      AND state = 'active'
    GROUP BY license_id, provider) pack;
  RETURN json_build_object('period', this_period,
    'resets_at', extract(epoch FROM
      ((this_period || '-01')::timestamp + interval '1 month') AT TIME ZONE zone)::float8,
    'allowed', allowed_ordinals, 'opened', opened_ordinals, 'admitted', admitted_ordinals,
    'counters', counters, 'grants', coalesce(grants, '[]'));
END $$;
