-- The ledger's acts ask each table by its keys alone.
--
-- A session's one plan for an act may be made while the tables are empty. An index on the period then
-- looked as good as the primary key, and a whole month was read for every request. So that index goes,
-- and what decides besides the keys (a state, an end, a version) is compared after the rows are read,
-- where no index can tempt the planner. A test fills the tables behind a plan and counts what is read.
--
-- And each JSON document is read once a statement, because reading it costs as much as the tables do.
-- The functions mean what they meant before, and replicas of both kinds may run side by side.

DROP INDEX "quota_period_period_idx";

-- The same as license_ends.
DROP INDEX "license_ending";

-- Holds the wants of each quota in the period's own bucket, when all of them fit there: the common case.
-- quotas: [{ordinal, license_id, key_id, version, provider, size, total, holds: [{id, model}]}]
-- Answers {period, allowed, opened, admitted}: the ordinals that came so far.
CREATE OR REPLACE FUNCTION sahm_hold_own(quotas json, zone text, lease_ms bigint) RETURNS json
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
AS $$
DECLARE
  instant timestamptz := sahm_now();
  this_period text := to_char(instant AT TIME ZONE zone, 'YYYY-MM');
  answer json;
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
    RETURNING allowed.*
  ),
  inserted AS (
    INSERT INTO hold (id, license_id, provider, period, units, state, model, created_at,
      lease_ends_at)
    SELECT new_hold.id, admitted.license_id, admitted.provider, this_period, admitted.size,
      'pending', new_hold.model, instant, instant + lease_ms * interval '1 millisecond'
    FROM admitted
    CROSS JOIN LATERAL json_to_recordset(admitted.holds) AS new_hold(id uuid, model text)
  )
  SELECT json_build_object('period', this_period,
    'allowed', (SELECT coalesce(json_agg(ordinal), '[]') FROM allowed),
    -- Asked only where somebody was not admitted.
    'opened', CASE WHEN (SELECT count(*) FROM admitted) = (SELECT count(*) FROM allowed) THEN '[]'
      ELSE (SELECT coalesce(json_agg(ordinal), '[]') FROM allowed JOIN quota_period own
        ON own.license_id = ANY (ARRAY(SELECT license_id FROM allowed))
          AND own.license_id = allowed.license_id AND own.period = this_period
          AND own.provider = allowed.provider) END,
    'admitted', (SELECT coalesce(json_agg(ordinal), '[]') FROM admitted))
  INTO answer;
  RETURN answer;
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

-- A hold as it was ended.
CREATE TYPE sahm_ended AS (
  id uuid, license_id uuid, period text, provider text, grant_id uuid, units bigint, state text);

-- One row of counters as replies show it.
CREATE FUNCTION sahm_counter(license_id uuid, plan text, period text, zone text, provider text,
  plan_limit bigint, addon_limit bigint, used bigint, held bigint, grants_used bigint,
  grants_unspent bigint) RETURNS json
LANGUAGE sql STABLE AS $$
  SELECT json_build_object('license_id', license_id, 'plan', plan, 'period', period,
    'resets_at', extract(epoch FROM
      ((period || '-01')::timestamp + interval '1 month') AT TIME ZONE zone)::float8,
    'provider', provider, 'plan_limit', plan_limit, 'addon_limit', addon_limit, 'used', used,
    'held', held, 'grants_used', grants_used, 'grants_unspent', grants_unspent)
$$;

-- The counters of licenses since the earliest of these periods, both providers: what a reply shows.
-- keys: [{license_id, period, ...}]
CREATE OR REPLACE FUNCTION sahm_counters(keys json, zone text) RETURNS json
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
AS $$
DECLARE
  license_ids uuid[];
  since text;
  answer json;
BEGIN
  SELECT array_agg(DISTINCT license_id), min(period) INTO license_ids, since
  FROM json_to_recordset(keys) AS each(license_id uuid, period text);
  WITH pack AS (
    SELECT license_id, provider, sum(held)::bigint AS held,
      sum(greatest(0, entitled - used)) FILTER (WHERE state = 'active')::bigint AS unspent
    FROM license_grant WHERE license_id = ANY (license_ids) AND lasts = 'until-used'
    GROUP BY license_id, provider
  )
  SELECT coalesce(json_agg(sahm_counter(own.license_id, license.plan, own.period, zone,
    own.provider, own.plan_limit, own.addon_limit, own.used, own.held + coalesce(pack.held, 0),
    own.grants_used, coalesce(pack.unspent, 0))), '[]')
  INTO answer
  FROM quota_period own
  JOIN license ON license.id = ANY (license_ids) AND license.id = own.license_id
  LEFT JOIN pack ON pack.license_id = own.license_id AND pack.provider = own.provider
  WHERE own.license_id = ANY (license_ids) AND own.period >= since;
  RETURN answer;
END $$;

-- Takes what was ended out of held, and into used where it was posted. Answers the counters of its
-- licenses after that, as sahm_counters.
CREATE FUNCTION sahm_count_ended(ended sahm_ended[], zone text) RETURNS json
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
AS $$
DECLARE
  license_ids uuid[];
  since text;
  grant_ids uuid[];
  locked quota_period[];
  answer json;
BEGIN
  SELECT array_agg(DISTINCT license_id), min(period),
    array_agg(DISTINCT grant_id) FILTER (WHERE grant_id IS NOT NULL)
  INTO license_ids, since, grant_ids
  FROM unnest(ended);
  -- Both providers' rows, because a reply shows both: of two replicas that end holds of one license
  -- at once, the later one sees what the earlier one did. In a statement of its own, so that the
  -- next one sees the grants as they are now.
  SELECT array_agg(own) INTO locked FROM (
    SELECT * FROM quota_period WHERE license_id = ANY (license_ids) AND period >= since
    ORDER BY license_id, period, provider FOR NO KEY UPDATE) own;

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

  WITH change AS MATERIALIZED (
    SELECT license_id, period, provider,
      coalesce(sum(units) FILTER (WHERE grant_id IS NULL), 0)::bigint AS held,
      coalesce(sum(units) FILTER (WHERE grant_id IS NULL AND state = 'posted'), 0)::bigint AS used,
      coalesce(sum(units) FILTER (WHERE grant_id IS NOT NULL AND state = 'posted'), 0)::bigint
        AS grants_used
    FROM unnest(ended) GROUP BY license_id, period, provider
  ),
  counted AS (
    UPDATE quota_period own SET held = own.held - change.held, used = own.used + change.used,
      grants_used = own.grants_used + change.grants_used
    FROM change
    WHERE own.license_id = ANY (license_ids) AND own.period >= since
      AND own.license_id = change.license_id AND own.period = change.period
      AND own.provider = change.provider
  ),
  pack AS (
    SELECT license_id, provider, sum(held)::bigint AS held,
      sum(greatest(0, entitled - used)) FILTER (WHERE state = 'active')::bigint AS unspent
    FROM license_grant WHERE license_id = ANY (license_ids) AND lasts = 'until-used'
    GROUP BY license_id, provider
  )
  SELECT coalesce(json_agg(sahm_counter(own.license_id, license.plan, own.period, zone,
    own.provider, own.plan_limit, own.addon_limit, own.used + coalesce(change.used, 0),
    own.held - coalesce(change.held, 0) + coalesce(pack.held, 0),
    own.grants_used + coalesce(change.grants_used, 0), coalesce(pack.unspent, 0))), '[]')
  INTO answer
  FROM unnest(locked) own
  JOIN license ON license.id = ANY (license_ids) AND license.id = own.license_id
  LEFT JOIN change ON change.license_id = own.license_id AND change.period = own.period
    AND change.provider = own.provider
  LEFT JOIN pack ON pack.license_id = own.license_id AND pack.provider = own.provider;
  RETURN answer;
END $$;

-- Posts and voids pending holds; what had ended already stays as it is.
-- wants: [{hold_id, outcome, reason, prompt_tokens, completion_tokens, cost_microusd}]
-- Answers {ended: [{id, license_id, period, provider, grant_id, units, state}], counters, grants:
-- [{id, entitled, used}]}, the grants of what was ended; one that is not active entitles to nothing.
CREATE OR REPLACE FUNCTION sahm_settle(wants json, zone text) RETURNS json
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
AS $$
DECLARE
  ended sahm_ended[];
  grant_ids uuid[];
  counters json;
  grants json := '[]';
BEGIN
  WITH want AS MATERIALIZED (
    SELECT * FROM json_to_recordset(wants) AS each(hold_id uuid, outcome text, reason text,
      prompt_tokens int, completion_tokens int, cost_microusd bigint)
  ),
  done AS (
    UPDATE hold SET state = want.outcome, reason = want.reason, ended_at = sahm_now(),
      prompt_tokens = want.prompt_tokens, completion_tokens = want.completion_tokens,
      cost_microusd = want.cost_microusd
    FROM want
    WHERE hold.id = ANY (ARRAY(SELECT hold_id FROM want)) AND hold.id = want.hold_id
      AND hold.state = 'pending'
    RETURNING hold.id, hold.license_id, hold.period, hold.provider, hold.grant_id, hold.units,
      hold.state
  )
  SELECT array_agg(done::sahm_ended),
    array_agg(DISTINCT grant_id) FILTER (WHERE grant_id IS NOT NULL)
  INTO ended, grant_ids FROM done;
  IF ended IS NULL THEN RETURN '{"ended": [], "counters": [], "grants": []}'; END IF;
  counters := sahm_count_ended(ended, zone);
  IF grant_ids IS NOT NULL THEN
    SELECT json_agg(json_build_object('id', id, 'used', used,
      'entitled', CASE state WHEN 'active' THEN entitled ELSE 0 END))
    INTO grants FROM license_grant WHERE id = ANY (grant_ids);
  END IF;
  RETURN json_build_object('ended', to_json(ended), 'counters', counters, 'grants', grants);
END $$;

-- Expires at most so many pending holds whose lease is over; answers how many.
CREATE OR REPLACE FUNCTION sahm_expire(most int) RETURNS int
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET jit = off SET enable_seqscan = off
AS $$
DECLARE
  hold_ids uuid[];
  ended sahm_ended[];
BEGIN
  SELECT array_agg(id) INTO hold_ids FROM (
    SELECT id FROM hold WHERE ended_at IS NULL AND lease_ends_at <= sahm_now()
    ORDER BY lease_ends_at LIMIT most FOR UPDATE SKIP LOCKED) due;
  WITH done AS (
    UPDATE hold SET state = 'expired', reason = 'lease_over', ended_at = sahm_now()
    WHERE id = ANY (hold_ids) AND state = 'pending'
    RETURNING id, license_id, period, provider, grant_id, units, state
  )
  SELECT array_agg(done::sahm_ended) INTO ended FROM done;
  IF ended IS NULL THEN RETURN 0; END IF;
  PERFORM sahm_count_ended(ended, 'UTC');
  RETURN cardinality(ended);
END $$;

DROP FUNCTION sahm_count_ended(json);
