-- The months of the quotas: when each begins and ends, whatever the calendar and the zone. A month that has begun
-- stays as it is; those that follow are written anew when QUOTA_CALENDAR or QUOTA_TIME_ZONE has changed.
CREATE TABLE "quota_month" (
    "label" TEXT NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "calendar" TEXT NOT NULL,
    "zone" TEXT NOT NULL,
    "written_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "quota_month_pkey" PRIMARY KEY ("label"),
    CONSTRAINT "quota_month_label" CHECK (label ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    CONSTRAINT "quota_month_calendar" CHECK (calendar IN ('gregorian', 'persian')),
    CONSTRAINT "quota_month_ends" CHECK (ends_at > starts_at)
);
CREATE UNIQUE INDEX "quota_month_starts_at_key" ON "quota_month"("starts_at");

-- The month of an instant. The zone only counts until a process of this release has written the months: replicas
-- of an older release may serve meanwhile.
CREATE OR REPLACE FUNCTION sahm_month(instant timestamptz, zone text) RETURNS text
LANGUAGE plpgsql STABLE STRICT
AS $$
DECLARE
  found_label text;
BEGIN
  SELECT label INTO found_label FROM quota_month WHERE starts_at <= instant
  ORDER BY starts_at DESC LIMIT 1;
  RETURN coalesce(found_label, to_char(instant AT TIME ZONE zone, 'YYYY-MM'));
END $$;

-- When a month ends, in seconds since 1970. The zone as above.
CREATE OR REPLACE FUNCTION sahm_month_ends(month text, zone text) RETURNS float8
LANGUAGE plpgsql STABLE STRICT
AS $$
DECLARE
  found_end timestamptz;
BEGIN
  SELECT ends_at INTO found_end FROM quota_month WHERE label = month;
  RETURN extract(epoch FROM coalesce(found_end,
    ((month || '-01')::timestamp + interval '1 month') AT TIME ZONE zone));
END $$;

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
  this_period text;
  this_end float8;
  license_ids uuid[];
  allowed int[];
  opened int[];
  admitted int[];
  counters json;
  grants json;
BEGIN
  WITH
  -- As sahm_month and sahm_month_ends, in this statement: a call of its own would take longer.
  month AS MATERIALIZED (
    SELECT label, extract(epoch FROM ends_at)::float8 AS ends FROM quota_month
    WHERE starts_at <= instant ORDER BY starts_at DESC LIMIT 1
  ),
  this_month AS MATERIALIZED (
    SELECT coalesce((SELECT label FROM month), sahm_month(instant, zone)) AS label
  ),
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
      AND own.license_id = want.license_id AND own.period = (SELECT label FROM this_month)
      AND own.provider = want.provider AND want.is_allowed
      AND own.used + own.held + want.total <= own.plan_limit + own.addon_limit
    RETURNING want.ordinal, want.size, want.holds, own.*
  ),
  inserted AS (
    INSERT INTO hold (id, license_id, provider, period, units, state, model, created_at,
      lease_ends_at)
    SELECT new_hold.id, license_id, provider, period, size, 'pending', new_hold.model, instant,
      instant + lease_ms * interval '1 millisecond'
    FROM counted CROSS JOIN LATERAL json_to_recordset(holds) AS new_hold(id uuid, model text)
  )
  SELECT (SELECT label FROM this_month), (SELECT ends FROM month),
    (SELECT array_agg(ordinal) FROM want WHERE is_allowed), array_agg(ordinal),
    array_agg(license_id), json_agg(json_build_object('ordinal', ordinal,
      'plan_limit', plan_limit, 'addon_limit', addon_limit, 'used', used, 'held', held,
      'grants_used', grants_used))
  INTO this_period, this_end, allowed, admitted, license_ids, counters FROM counted;
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
    'resets_at', coalesce(this_end, sahm_month_ends(this_period, zone)),
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
  this_period text := sahm_month(instant, zone);
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
    SELECT new_hold.id, new_hold.model, span.grant_id, own.license_id, own.provider, own.size
    FROM own
    CROSS JOIN LATERAL ROWS FROM (json_to_recordset(own.holds) AS (id uuid, model text))
      WITH ORDINALITY AS new_hold(id, model, turn)
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
    INSERT INTO hold (id, license_id, provider, period, grant_id, units, state, model, created_at,
      lease_ends_at)
    SELECT id, license_id, provider, this_period, grant_id, size, 'pending', model, instant,
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

-- Takes what was ended out of held, and into used where it was posted. Answers the counters of its
-- licenses after that, as sahm_counters.
CREATE OR REPLACE FUNCTION sahm_count_ended(ended sahm_ended[], zone text) RETURNS json
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
AS $$
DECLARE
  license_ids uuid[];
  periods text[];
  grant_ids uuid[];
BEGIN
  SELECT array_agg(license_id), array_agg(DISTINCT period),
    array_agg(DISTINCT grant_id) FILTER (WHERE grant_id IS NOT NULL)
  INTO license_ids, periods, grant_ids
  FROM unnest(ended);
  -- Both providers' rows, because a reply shows both: of two replicas that end holds of one license
  -- at once, the later one sees what the earlier one did. In a statement of its own, so that the
  -- next ones see the rows and the grants as they are now.
  PERFORM FROM quota_period WHERE license_id = ANY (license_ids) AND period = ANY (periods)
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
  WHERE own.license_id = ANY (license_ids) AND own.period = ANY (periods)
    AND own.license_id = change.license_id AND own.period = change.period
    AND own.provider = change.provider;
  RETURN sahm_counters_in(license_ids, periods, zone);
END $$;

-- The counters of licenses in these periods, all providers: what a reply shows. Runs under its caller's
-- settings. (sahm_counters_since stays for calls that are under way while this migration runs.)
CREATE OR REPLACE FUNCTION sahm_counters_in(license_ids uuid[], periods text[], zone text) RETURNS json
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  answer json;
BEGIN
  WITH month AS MATERIALIZED (
    SELECT label, extract(epoch FROM ends_at)::float8 AS ends FROM quota_month
    WHERE label = ANY (periods)
  )
  SELECT coalesce(json_agg(json_build_object('license_id', own.license_id,
    'plan', (SELECT plan FROM license WHERE license.id = own.license_id), 'period', own.period,
    'resets_at', coalesce(month.ends, sahm_month_ends(own.period, zone)),
    'provider', own.provider, 'plan_limit', own.plan_limit, 'addon_limit', own.addon_limit,
    'used', own.used, 'held', own.held + pack.held, 'grants_used', own.grants_used,
    'grants_unspent', pack.unspent)), '[]')
  INTO answer
  FROM quota_period own
  LEFT JOIN month ON month.label = own.period
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(held), 0)::bigint AS held,
      coalesce(sum(greatest(0, entitled - used)) FILTER (WHERE state = 'active'), 0)::bigint
        AS unspent
    FROM license_grant
    WHERE license_id = own.license_id AND provider = own.provider AND lasts = 'until-used') pack
  WHERE own.license_id = ANY (license_ids) AND own.period = ANY (periods);
  RETURN answer;
END $$;

-- The same for the licenses of these keys, in their periods.
-- keys: [{license_id, period, ...}]
CREATE OR REPLACE FUNCTION sahm_counters(keys json, zone text) RETURNS json
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
AS $$
DECLARE
  license_ids uuid[];
  periods text[];
BEGIN
  SELECT array_agg(license_id), array_agg(DISTINCT period) INTO license_ids, periods
  FROM json_to_recordset(keys) AS each(license_id uuid, period text);
  RETURN sahm_counters_in(license_ids, periods, zone);
END $$;
