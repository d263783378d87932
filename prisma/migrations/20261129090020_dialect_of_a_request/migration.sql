-- A hold tells the wire format that its request came in. Null for one that was made before, or by a replica of an
-- earlier release.

-- AlterTable
ALTER TABLE "hold" ADD COLUMN "dialect" TEXT;

-- Holds the wants of each quota in the period's own bucket, when all of them fit there: the common case.
-- quotas: [{ordinal, license_id, key_id, version, provider, size, total, holds: [{id, model, dialect}]}]
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
    INSERT INTO hold (id, license_id, provider, period, units, state, model, dialect, created_at,
      lease_ends_at)
    SELECT new_hold.id, license_id, provider, this_period, size, 'pending', new_hold.model,
      new_hold.dialect, instant, instant + lease_ms * interval '1 millisecond'
    FROM counted CROSS JOIN LATERAL json_to_recordset(holds) AS new_hold(id uuid, model text,
      dialect text)
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

-- Spreads the wants of each quota over all its buckets: the period's own first, then each grant,
-- oldest first. Wants of a quota are of one size, so that each bucket takes as many whole wants as it
-- has room for. quotas as above; answers {period, held: [hold ids], quotas: [{ordinal, license_id,
-- period, reserved}]}; reserved: pending holds are all that stands in the way.
CREATE OR REPLACE FUNCTION sahm_hold_any(quotas json, zone text, lease_ms bigint) RETURNS json
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
AS $$
DECLARE
  instant timestamptz := sahm_now();
  this_period text := to_char(instant AT TIME ZONE zone, 'YYYY-MM');
  license_ids uuid[];
  grant_ids uuid[];
  answer json;
BEGIN
  SELECT array_agg(license_id) INTO license_ids
  FROM json_to_recordset(quotas) AS each(license_id uuid);
  -- A statement of its own for each kind of lock: what follows then sees the rows as they are now.
  -- Only locked grants are drawn on: one that appears in between waits for the next batch.
  PERFORM FROM quota_period WHERE license_id = ANY (license_ids) AND period = this_period
    ORDER BY license_id, period, provider FOR NO KEY UPDATE;
  SELECT array_agg(id) INTO grant_ids FROM (
    SELECT id FROM license_grant WHERE license_id = ANY (license_ids) AND lasts = 'until-used'
      AND state = 'active' AND entitled > used
    ORDER BY id FOR NO KEY UPDATE) locked;
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
  own AS (
    SELECT want.ordinal, want.size, want.holds, quota.*
    FROM want
    JOIN known_license license ON license.id = want.license_id
      AND license.version = want.version AND license.state = 'active'
      AND (license.expires_at IS NULL OR license.expires_at > instant)
    JOIN known_key license_key ON license_key.id = want.key_id
      AND license_key.license_id = want.license_id
      AND (license_key.valid_until IS NULL OR license_key.valid_until > instant)
    JOIN quota_period quota ON quota.license_id = ANY (license_ids)
      AND quota.license_id = want.license_id AND quota.period = this_period
      AND quota.provider = want.provider
  ),
  bucket AS (
    SELECT ordinal, NULL::uuid AS grant_id, 0 AS turn,
      greatest(0, plan_limit + addon_limit - used - held) / size AS takes,
      greatest(0, plan_limit + addon_limit - used) / size AS could_take
    FROM own
    UNION ALL
    SELECT own.ordinal, pack.id,
      row_number() OVER (PARTITION BY own.ordinal ORDER BY pack.created_at, pack.id),
      greatest(0, pack.entitled - pack.used - pack.held) / own.size,
      greatest(0, pack.entitled - pack.used) / own.size
    FROM own JOIN license_grant pack ON pack.id = ANY (grant_ids)
      AND pack.license_id = own.license_id AND pack.provider = own.provider
  ),
  span AS (
    SELECT *, sum(takes) OVER (PARTITION BY ordinal ORDER BY turn) AS upto FROM bucket
  ),
  drawn AS (
    SELECT new_hold.id, new_hold.model, new_hold.dialect, span.grant_id, own.license_id, own.provider, own.size
    FROM own
    CROSS JOIN LATERAL ROWS FROM (json_to_recordset(own.holds) AS (id uuid, model text,
        dialect text)) WITH ORDINALITY AS new_hold(id, model, dialect, turn)
    JOIN span ON span.ordinal = own.ordinal
      AND new_hold.turn <= span.upto AND new_hold.turn > span.upto - span.takes
  ),
  own_after AS (
    UPDATE quota_period quota SET held = quota.held + taken.units
    FROM (SELECT license_id, provider, sum(size) AS units FROM drawn
      WHERE grant_id IS NULL GROUP BY license_id, provider) taken
    WHERE quota.license_id = ANY (license_ids) AND quota.license_id = taken.license_id
      AND quota.period = this_period AND quota.provider = taken.provider
  ),
  pack_after AS (
    UPDATE license_grant pack SET held = pack.held + taken.units
    FROM (SELECT grant_id, sum(size) AS units FROM drawn
      WHERE grant_id IS NOT NULL GROUP BY grant_id) taken
    WHERE pack.id = ANY (grant_ids) AND pack.id = taken.grant_id
  ),
  inserted AS (
    INSERT INTO hold (id, license_id, provider, period, grant_id, units, state, model, dialect, created_at,
      lease_ends_at)
    SELECT id, license_id, provider, this_period, grant_id, size, 'pending', model, dialect, instant,
      instant + lease_ms * interval '1 millisecond'
    FROM drawn
  )
  SELECT json_build_object('period', this_period,
    'held', (SELECT coalesce(json_agg(id), '[]') FROM drawn),
    'quotas', (SELECT coalesce(json_agg(json_build_object('ordinal', own.ordinal,
        'license_id', own.license_id, 'period', this_period, 'reserved', room.reserved)), '[]')
      FROM own JOIN (SELECT ordinal, sum(could_take) > 0 AS reserved FROM bucket GROUP BY ordinal)
        room ON room.ordinal = own.ordinal))
  INTO answer;
  RETURN answer;
END $$;
