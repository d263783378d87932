-- What an administrator gives for a time: a plan (it lies over the plan and the expiry that the license goes
-- back to), and limits. When it is over, no hold is made before that is written: whoever comes first writes it.
-- The check is read through by the next migration, beside the service.

ALTER TABLE "license"
  ADD COLUMN "lent_until" TIMESTAMPTZ(6),
  ADD COLUMN "plan_after" TEXT,
  ADD COLUMN "expires_after" TIMESTAMPTZ(6),
  ADD COLUMN "changes_at" TIMESTAMPTZ(6),
  ADD CONSTRAINT "license_lent" CHECK ((lent_until IS NULL) = (plan_after IS NULL)
    AND (lent_until IS NOT NULL OR expires_after IS NULL)) NOT VALID;

ALTER TABLE "license_limit" ADD COLUMN "until" TIMESTAMPTZ(6);

-- What is over is found by its end.
CREATE INDEX "license_changes" ON "license" (changes_at) WHERE changes_at IS NOT NULL;

-- What licenses are entitled to in a period, by provider: the license's own limit or its plan's allowance,
-- and what grants add to the period itself. allowances: [{plan, provider, units}], of the catalogue; the
-- providers are those that it names for any plan.
CREATE OR REPLACE FUNCTION sahm_entitled(license_ids uuid[], this_period text, allowances json)
RETURNS TABLE (license_id uuid, plan text, provider text, plan_limit bigint, addon_limit bigint)
LANGUAGE sql STABLE
AS $$
  SELECT license.id, license.plan, each.provider,
    coalesce((SELECT own.units FROM license_limit own
        WHERE own.license_id = license.id AND own.provider = each.provider
          AND (own.until IS NULL OR own.until > sahm_now())),
      allowance.units, 0),
    (SELECT coalesce(sum(pack.entitled), 0)::bigint FROM license_grant pack
      WHERE pack.license_id = license.id AND pack.provider = each.provider AND pack.state = 'active'
        AND (pack.lasts = 'subscription' OR pack.lasts = 'month' AND pack.period = this_period))
  FROM license
  CROSS JOIN (SELECT DISTINCT named.provider
    FROM json_to_recordset(allowances) AS named(provider text)) each
  LEFT JOIN json_to_recordset(allowances) AS allowance(plan text, provider text, units bigint)
    ON allowance.plan = license.plan AND allowance.provider = each.provider
  WHERE license.id = ANY (license_ids)
$$;

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
          AND (license.changes_at IS NULL OR license.changes_at > instant)
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
    SELECT id, version, state, expires_at, changes_at FROM license
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
      AND (license.changes_at IS NULL OR license.changes_at > instant)
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

-- One want with an Idempotency-Key: the key is claimed and the hold made in one transaction. A claim is
-- free again 24 hours after it was made, or when its hold was voided or expired. Several who come at
-- once with one key wait for the first. A claim is locked here before periods and grants, and by a post
-- after them: never both of one claim, because it is taken over only when its hold cannot be posted.
-- quotas: one, with one hold, as in sahm_hold_own.
-- Answers {verdict, ...}: held {period}, stale, unopened {period}, full {reserved, counters}, or claimed
-- {same, state, hold_id, reply} of whoever has the key; the reply in base64.
CREATE OR REPLACE FUNCTION sahm_hold_once(quotas json, zone text, lease_ms bigint, digest bytea, body bytea)
RETURNS json
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET jit = off SET enable_seqscan = off
AS $$
DECLARE
  instant timestamptz := sahm_now();
  want record;
  answer json;
BEGIN
  SELECT license_id, key_id, version, (holds->0->>'id')::uuid AS hold_id INTO want
  FROM json_to_recordset(quotas) AS each(license_id uuid, key_id uuid, version int, holds json);
  -- A reply is given again only to whom a new one would be given.
  PERFORM FROM license JOIN license_key ON license_key.license_id = license.id
  WHERE license.id = want.license_id AND license.version = want.version
    AND license.state = 'active' AND (license.expires_at IS NULL OR license.expires_at > instant)
    AND (license.changes_at IS NULL OR license.changes_at > instant)
    AND license_key.id = want.key_id
    AND (license_key.valid_until IS NULL OR license_key.valid_until > instant);
  IF NOT FOUND THEN RETURN json_build_object('verdict', 'stale'); END IF;

  INSERT INTO idempotency_claim AS claim (license_id, key_digest, fingerprint, hold_id, created_at)
  VALUES (want.license_id, digest, body, want.hold_id, instant)
  ON CONFLICT (license_id, key_digest) DO UPDATE SET fingerprint = excluded.fingerprint,
    hold_id = excluded.hold_id, reply = NULL, created_at = excluded.created_at
  WHERE claim.created_at <= instant - interval '24 hours'
    OR EXISTS (SELECT FROM hold WHERE hold.id = claim.hold_id
      AND hold.state IN ('voided', 'expired'));
  IF NOT FOUND THEN
    SELECT json_build_object('verdict', 'claimed', 'same', claim.fingerprint = body,
      'state', hold.state, 'hold_id', claim.hold_id, 'reply', encode(claim.reply, 'base64'))
    INTO answer
    FROM idempotency_claim claim JOIN hold ON hold.id = claim.hold_id
    WHERE claim.license_id = want.license_id AND claim.key_digest = digest;
    RETURN answer;
  END IF;

  answer := sahm_hold_own(quotas, zone, lease_ms);
  IF json_array_length(answer->'admitted') > 0 THEN
    RETURN json_build_object('verdict', 'held', 'period', answer->'period');
  END IF;
  IF json_array_length(answer->'opened') > 0 THEN
    answer := sahm_hold_any(quotas, zone, lease_ms);
    IF json_array_length(answer->'held') > 0 THEN
      RETURN json_build_object('verdict', 'held', 'period', answer->'period');
    END IF;
    IF json_array_length(answer->'quotas') > 0 THEN
      answer := json_build_object('verdict', 'full', 'reserved', answer->'quotas'->0->'reserved',
        'counters', sahm_counters(answer->'quotas', zone));
    ELSE
      answer := json_build_object('verdict', 'stale');
    END IF;
  ELSIF json_array_length(answer->'allowed') > 0 THEN
    answer := json_build_object('verdict', 'unopened', 'period', answer->'period');
  ELSE
    answer := json_build_object('verdict', 'stale');
  END IF;
  DELETE FROM idempotency_claim claim
  WHERE claim.license_id = want.license_id AND claim.key_digest = digest;
  RETURN answer;
END $$;

-- Makes a license's rows what its columns are. A row that says the same already keeps its end.
CREATE OR REPLACE FUNCTION sahm_limits_from_columns() RETURNS trigger LANGUAGE plpgsql
AS $$
BEGIN
  DELETE FROM license_limit own USING license
  WHERE license.id = NEW.id AND own.license_id = license.id
    AND own.provider IN ('openrouter', 'openai')
    AND own.units IS DISTINCT FROM CASE own.provider WHEN 'openrouter' THEN license.openrouter_limit
      ELSE license.openai_limit END;
  INSERT INTO license_limit (license_id, provider, units)
  SELECT license.id, own.provider, own.units
  FROM license CROSS JOIN LATERAL (VALUES ('openrouter', license.openrouter_limit),
    ('openai', license.openai_limit)) own(provider, units)
  WHERE license.id = NEW.id AND own.units IS NOT NULL
  ON CONFLICT (license_id, provider) DO NOTHING;
  RETURN NULL;
END $$;
