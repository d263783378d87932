-- Keys beside the master key of a license, each with a name, limits and counters of its own, and the user that a
-- request is made for, as a digest. A key's text has either a license or a named key: releases that know no named
-- keys ask by the license, and so never meet one. What is said of all rows is read through by the next migration.

ALTER TABLE "hold" ADD COLUMN     "named_key_id" UUID,
ADD COLUMN     "user_digest" TEXT;

ALTER TABLE "license_key" ADD COLUMN     "named_key_id" UUID,
ALTER COLUMN "license_id" DROP NOT NULL;

CREATE TABLE "named_key" (
    "id" UUID NOT NULL,
    "license_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "rate_limit" INTEGER,
    "withdrawn_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT sahm_now(),

    CONSTRAINT "named_key_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "named_key_limit" (
    "named_key_id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "units" BIGINT NOT NULL,

    CONSTRAINT "named_key_limit_pkey" PRIMARY KEY ("named_key_id","provider")
);

CREATE TABLE "named_key_month" (
    "named_key_id" UUID NOT NULL,
    "period" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "highest_limit" BIGINT,
    "used" BIGINT NOT NULL DEFAULT 0,
    "held" BIGINT NOT NULL DEFAULT 0,
    "archived" BIGINT NOT NULL DEFAULT 0,
    "last_used_at" TIMESTAMPTZ(6),

    CONSTRAINT "named_key_month_pkey" PRIMARY KEY ("named_key_id","period","provider")
);

CREATE INDEX "named_key_license_id_id_idx" ON "named_key"("license_id", "id");

ALTER TABLE "license_key" ADD CONSTRAINT "license_key_named_key_id_fkey" FOREIGN KEY ("named_key_id") REFERENCES "named_key"("id") ON DELETE RESTRICT ON UPDATE CASCADE NOT VALID;

ALTER TABLE "named_key" ADD CONSTRAINT "named_key_license_id_fkey" FOREIGN KEY ("license_id") REFERENCES "license"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "named_key_limit" ADD CONSTRAINT "named_key_limit_named_key_id_fkey" FOREIGN KEY ("named_key_id") REFERENCES "named_key"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "named_key_month" ADD CONSTRAINT "named_key_month_named_key_id_fkey" FOREIGN KEY ("named_key_id") REFERENCES "named_key"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "license_key" ADD CONSTRAINT "license_key_of_one"
  CHECK (num_nonnulls(license_id, named_key_id) = 1) NOT VALID;
CREATE INDEX "license_key_named" ON "license_key" (named_key_id) WHERE named_key_id IS NOT NULL;

-- The name of one that is withdrawn may be given again.
CREATE UNIQUE INDEX "named_key_name" ON "named_key" (license_id, name) WHERE withdrawn_at IS NULL;
ALTER TABLE "named_key" ADD CONSTRAINT "named_key_rate_limit" CHECK (rate_limit > 0);
ALTER TABLE "named_key_limit"
  ADD CONSTRAINT "named_key_limit_provider" CHECK (provider IN ('openrouter', 'openai')),
  ADD CONSTRAINT "named_key_limit_units" CHECK (units >= 0);
ALTER TABLE "named_key_month"
  ADD CONSTRAINT "named_key_month_provider" CHECK (provider IN ('openrouter', 'openai')),
  ADD CONSTRAINT "named_key_month_counts" CHECK (least(held, archived, used - archived) >= 0),
  ADD CONSTRAINT "named_key_month_never_overdrawn" CHECK (used + held <= highest_limit);
ALTER TABLE "named_key_month" SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

ALTER TYPE sahm_ended ADD ATTRIBUTE named_key_id uuid;

-- Holds the wants of each quota in the period's own bucket, when all of them fit there: the common case.
-- quotas: [{ordinal, license_id, key_id, version, provider, size, total, holds: [{id, model,
-- user_digest?}]}], with the master key: no other is known here.
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
    INSERT INTO hold (id, license_id, provider, period, user_digest, units, state, model, created_at,
      lease_ends_at)
    SELECT new_hold.id, license_id, provider, this_period, new_hold.user_digest, size, 'pending',
      new_hold.model, instant, instant + lease_ms * interval '1 millisecond'
    FROM counted CROSS JOIN LATERAL json_to_recordset(holds)
      AS new_hold(id uuid, model text, user_digest text)
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
-- has room for. With whichever key: for a named one sahm_hold_named has looked at its own limit before.
-- quotas as above; answers {period, held: [hold ids], quotas: [{ordinal, license_id,
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
    SELECT id, named_key_id, valid_until, coalesce(license_id,
      (SELECT named_key.license_id FROM named_key WHERE named_key.id = named_key_id)) AS license_id
    FROM license_key WHERE id = ANY (ARRAY(SELECT key_id FROM want))
  ),
  own AS (
    SELECT want.ordinal, want.size, want.holds, license_key.named_key_id, quota.*
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
    SELECT new_hold.*, span.grant_id, own.license_id, own.provider, own.size, own.named_key_id
    FROM own
    CROSS JOIN LATERAL ROWS FROM (json_to_recordset(own.holds)
      AS (id uuid, model text, user_digest text))
      WITH ORDINALITY AS new_hold(id, model, user_digest, turn)
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
    INSERT INTO hold (id, license_id, provider, period, grant_id, named_key_id, user_digest, units,
      state, model, created_at, lease_ends_at)
    SELECT id, license_id, provider, this_period, grant_id, named_key_id, user_digest, size,
      'pending', model, instant, instant + lease_ms * interval '1 millisecond'
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

-- Holds the wants of each quota that are made with a named key: as many as its own limit lets through, from any
-- bucket of the license. A key's month is opened and locked before the license's rows, in the order of
-- (named key, period, provider).
-- quotas as in sahm_hold_own. Answers {period, held: [hold ids], rooms: [{ordinal, license_id, period,
-- named_key_id, provider, used, own_limit, fits, reserved, is_opened}], quotas, counters}: a room for each quota
-- that is allowed, with the key's counters before this; the first `fits` wants were tried, unless the license's
-- month is not opened; reserved: only pending holds keep the others out. quotas as sahm_hold_any answers them, and
-- the counters of the licenses after this.
CREATE OR REPLACE FUNCTION sahm_hold_named(quotas json, zone text, lease_ms bigint) RETURNS json
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
AS $$
DECLARE
  instant timestamptz := sahm_now();
  this_period text := to_char(instant AT TIME ZONE zone, 'YYYY-MM');
  named_key_ids uuid[];
  rooms json;
  fitting json;
  answer json := '{}';
BEGIN
  SELECT array_agg(named_key_id) INTO named_key_ids FROM license_key
  WHERE id = ANY (ARRAY(SELECT key_id FROM json_to_recordset(quotas) AS each(key_id uuid)))
    AND named_key_id IS NOT NULL AND (valid_until IS NULL OR valid_until > instant);
  INSERT INTO named_key_month (named_key_id, period, provider, highest_limit)
  SELECT month.named_key_id, this_period, month.provider,
    (SELECT own.units FROM named_key_limit own
      WHERE own.named_key_id = month.named_key_id AND own.provider = month.provider)
  FROM (SELECT DISTINCT named.id AS named_key_id, each.provider
    FROM unnest(named_key_ids) AS named(id)
    CROSS JOIN json_to_recordset(quotas) AS each(provider text)) month
  ORDER BY month.named_key_id, month.provider
  ON CONFLICT DO NOTHING;
  PERFORM FROM named_key_month WHERE named_key_id = ANY (named_key_ids) AND period = this_period
    ORDER BY named_key_id, period, provider FOR NO KEY UPDATE;

  -- In a statement of its own: now that the months are locked, limits and counters are seen as they are.
  WITH
  want AS MATERIALIZED (
    SELECT * FROM json_to_recordset(quotas) AS each(ordinal int, license_id uuid, key_id uuid,
      version int, provider text, size bigint, total bigint, holds json)
  ),
  known_key AS MATERIALIZED (
    SELECT id, named_key_id, (SELECT named_key.license_id FROM named_key
      WHERE named_key.id = named_key_id) AS license_id
    FROM license_key WHERE id = ANY (ARRAY(SELECT key_id FROM want))
      AND (valid_until IS NULL OR valid_until > instant)
  ),
  month AS MATERIALIZED (
    SELECT named_key_id, provider, used, held,
      (SELECT own.units FROM named_key_limit own WHERE own.named_key_id = month.named_key_id
        AND own.provider = month.provider) AS own_limit
    FROM named_key_month month
    WHERE named_key_id = ANY (named_key_ids) AND period = this_period
  ),
  room AS MATERIALIZED (
    SELECT want.*, license_key.named_key_id, month.used, month.own_limit,
      coalesce((SELECT true FROM quota_period own WHERE own.license_id = want.license_id
        AND own.period = this_period AND own.provider = want.provider), false) AS is_opened,
      least(want.total, greatest(0, coalesce(month.own_limit - month.used - month.held, want.total)))
        / want.size AS fits,
      coalesce(month.own_limit - month.used >= want.size, false) AS reserved
    FROM want
    JOIN known_key license_key ON license_key.id = want.key_id
      AND license_key.license_id = want.license_id
    JOIN month ON month.named_key_id = license_key.named_key_id AND month.provider = want.provider
    WHERE (SELECT license.version = want.version AND license.state = 'active'
        AND (license.expires_at IS NULL OR license.expires_at > instant)
      FROM license WHERE license.id = want.license_id)
  )
  SELECT json_agg(json_build_object('ordinal', ordinal, 'license_id', license_id,
      'period', this_period, 'named_key_id', named_key_id, 'provider', provider, 'used', used,
      'own_limit', own_limit, 'fits', fits, 'reserved', reserved, 'is_opened', is_opened)),
    json_agg(json_build_object('ordinal', ordinal, 'license_id', license_id, 'key_id', key_id,
      'version', version, 'provider', provider, 'size', size, 'holds', (
        SELECT json_agg(new_hold.value) FROM json_array_elements(holds) WITH ORDINALITY
          AS new_hold(value, turn) WHERE new_hold.turn <= fits)))
      FILTER (WHERE fits > 0 AND is_opened)
  INTO rooms, fitting FROM room;

  IF fitting IS NOT NULL THEN
    answer := sahm_hold_any(fitting, zone, lease_ms);
    UPDATE named_key_month month SET held = month.held + taken.units, last_used_at = instant,
      highest_limit = CASE WHEN month.highest_limit IS NOT NULL AND taken.own_limit IS NOT NULL
        THEN greatest(month.highest_limit, taken.own_limit) END
    FROM (SELECT drawn.named_key_id, drawn.provider, drawn.units, room.own_limit
      FROM (SELECT named_key_id, provider, sum(units)::bigint AS units FROM hold
        WHERE id = ANY (ARRAY(SELECT json_array_elements_text(answer->'held')::uuid))
        GROUP BY named_key_id, provider) drawn
      JOIN json_to_recordset(rooms) AS room(named_key_id uuid, provider text, own_limit bigint)
        ON room.named_key_id = drawn.named_key_id AND room.provider = drawn.provider) taken
    WHERE month.named_key_id = ANY (named_key_ids) AND month.period = this_period
      AND month.named_key_id = taken.named_key_id AND month.provider = taken.provider;
  END IF;
  RETURN json_build_object('period', this_period, 'rooms', coalesce(rooms, '[]'),
    'held', coalesce(answer->'held', '[]'), 'quotas', coalesce(answer->'quotas', '[]'),
    'counters', sahm_counters(coalesce(rooms, '[]'), zone));
END $$;

-- One want with an Idempotency-Key: the key is claimed and the hold made in one transaction. A claim is
-- free again 24 hours after it was made, or when its hold was voided or expired. Several who come at
-- once with one key wait for the first. A claim is locked here before what is counted, and by a post
-- after it: never both of one claim, because it is taken over only when its hold cannot be posted.
-- quotas: one, with one hold, as in sahm_hold_own.
-- Answers {verdict, ...}: held {period}, stale, unopened {period}, full {reserved, counters}, or claimed
-- {same, state, hold_id, reply} of whoever has the key; the reply in base64. With a named key, held and full
-- have its room, as sahm_hold_named answers it.
CREATE OR REPLACE FUNCTION sahm_hold_once(quotas json, zone text, lease_ms bigint, digest bytea, body bytea)
RETURNS json
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET jit = off SET enable_seqscan = off
AS $$
DECLARE
  instant timestamptz := sahm_now();
  want record;
  is_named boolean;
  answer json;
BEGIN
  SELECT license_id, key_id, version, (holds->0->>'id')::uuid AS hold_id INTO want
  FROM json_to_recordset(quotas) AS each(license_id uuid, key_id uuid, version int, holds json);
  -- A reply is given again only to whom a new one would be given.
  SELECT license_key.named_key_id IS NOT NULL INTO is_named
  FROM license_key LEFT JOIN named_key ON named_key.id = license_key.named_key_id
  JOIN license ON license.id = coalesce(license_key.license_id, named_key.license_id)
  WHERE license.id = want.license_id AND license.version = want.version
    AND license.state = 'active' AND (license.expires_at IS NULL OR license.expires_at > instant)
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

  IF is_named THEN
    answer := sahm_hold_once_named(quotas, zone, lease_ms);
    IF answer->>'verdict' <> 'held' THEN
      DELETE FROM idempotency_claim claim
      WHERE claim.license_id = want.license_id AND claim.key_digest = digest;
    END IF;
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

-- One want with a named key, told as sahm_hold_once tells it.
CREATE OR REPLACE FUNCTION sahm_hold_once_named(quotas json, zone text, lease_ms bigint) RETURNS json
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  answer json := sahm_hold_named(quotas, zone, lease_ms);
  room json := answer->'rooms'->0;
  is_full_of_its_own boolean := (room->>'fits')::int = 0;
BEGIN
  IF json_array_length(answer->'held') > 0 THEN
    RETURN json_build_object('verdict', 'held', 'period', answer->'period', 'room', room);
  ELSIF room IS NULL THEN
    RETURN json_build_object('verdict', 'stale');
  ELSIF NOT (room->>'is_opened')::boolean THEN
    RETURN json_build_object('verdict', 'unopened', 'period', answer->'period');
  ELSIF is_full_of_its_own OR json_array_length(answer->'quotas') > 0 THEN
    RETURN json_build_object('verdict', 'full', 'counters', answer->'counters', 'room', room,
      'reserved', CASE WHEN is_full_of_its_own THEN room->'reserved'
        ELSE answer->'quotas'->0->'reserved' END);
  END IF;
  RETURN json_build_object('verdict', 'stale');
END $$;

-- Posts and voids pending holds; what had ended already stays as it is.
-- wants: [{hold_id, outcome, reason, prompt_tokens, completion_tokens, cost_microusd, answered_by?}];
-- answered_by: the model that answered, where it is another than was asked for.
-- Answers {ended: [{id, license_id, period, provider, grant_id, units, state, named_key_id}], counters, grants:
-- [{id, entitled, used}], keys: [{named_key_id, period, provider, used, own_limit}]}, the grants and the named
-- keys' months of what was ended; a grant that is not active entitles to nothing.
CREATE OR REPLACE FUNCTION sahm_settle(wants json, zone text) RETURNS json
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
AS $$
DECLARE
  ended sahm_ended[];
  grant_ids uuid[];
  named_key_ids uuid[];
  counters json;
  grants json := '[]';
  keys json := '[]';
BEGIN
  WITH want AS MATERIALIZED (
    SELECT * FROM json_to_recordset(wants) AS each(hold_id uuid, outcome text, reason text,
      prompt_tokens int, completion_tokens int, cost_microusd bigint, answered_by text)
  ),
  done AS (
    UPDATE hold SET state = want.outcome, reason = want.reason, ended_at = sahm_now(),
      prompt_tokens = want.prompt_tokens, completion_tokens = want.completion_tokens,
      cost_microusd = want.cost_microusd, model = coalesce(want.answered_by, hold.model)
    FROM want
    WHERE hold.id = ANY (ARRAY(SELECT hold_id FROM want)) AND hold.id = want.hold_id
      AND hold.state = 'pending'
    RETURNING hold.id, hold.license_id, hold.period, hold.provider, hold.grant_id, hold.units,
      hold.state, hold.named_key_id
  )
  SELECT array_agg(done::sahm_ended),
    array_agg(DISTINCT grant_id) FILTER (WHERE grant_id IS NOT NULL),
    array_agg(DISTINCT named_key_id) FILTER (WHERE named_key_id IS NOT NULL)
  INTO ended, grant_ids, named_key_ids FROM done;
  IF ended IS NULL THEN RETURN '{"ended": [], "counters": [], "grants": [], "keys": []}'; END IF;
  counters := sahm_count_ended(ended, zone);
  IF grant_ids IS NOT NULL THEN
    SELECT json_agg(json_build_object('id', id, 'used', used,
      'entitled', CASE state WHEN 'active' THEN entitled ELSE 0 END))
    INTO grants FROM license_grant WHERE id = ANY (grant_ids);
  END IF;
  IF named_key_ids IS NOT NULL THEN
    SELECT json_agg(json_build_object('named_key_id', named_key_id, 'period', period,
      'provider', provider, 'used', used, 'own_limit', (SELECT own.units FROM named_key_limit own
        WHERE own.named_key_id = month.named_key_id AND own.provider = month.provider)))
    INTO keys FROM named_key_month month
    WHERE named_key_id = ANY (named_key_ids)
      AND period = ANY (ARRAY(SELECT each.period FROM unnest(ended) each));
  END IF;
  RETURN json_build_object('ended', to_json(ended), 'counters', counters, 'grants', grants,
    'keys', keys);
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
    RETURNING id, license_id, period, provider, grant_id, units, state, named_key_id
  )
  SELECT array_agg(done::sahm_ended) INTO ended FROM done;
  IF ended IS NULL THEN RETURN 0; END IF;
  PERFORM sahm_count_ended(ended, 'UTC');
  RETURN cardinality(ended);
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
  named_key_ids uuid[];
BEGIN
  SELECT array_agg(license_id), min(period),
    array_agg(DISTINCT grant_id) FILTER (WHERE grant_id IS NOT NULL),
    array_agg(DISTINCT named_key_id) FILTER (WHERE named_key_id IS NOT NULL)
  INTO license_ids, since, grant_ids, named_key_ids
  FROM unnest(ended);
  IF named_key_ids IS NOT NULL THEN
    PERFORM FROM named_key_month WHERE named_key_id = ANY (named_key_ids) AND period >= since
      ORDER BY named_key_id, period, provider FOR NO KEY UPDATE;
    UPDATE named_key_month month SET held = month.held - change.held, used = month.used + change.used
    FROM (
      SELECT named_key_id, period, provider, sum(units)::bigint AS held,
        coalesce(sum(units) FILTER (WHERE state = 'posted'), 0)::bigint AS used
      FROM unnest(ended) WHERE named_key_id IS NOT NULL
      GROUP BY named_key_id, period, provider) change
    WHERE month.named_key_id = ANY (named_key_ids) AND month.period >= since
      AND month.named_key_id = change.named_key_id AND month.period = change.period
      AND month.provider = change.provider;
  END IF;

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

-- Expires at most so many pending holds whose lease is over, license by license: one whose counters somebody
-- has locked is left out, and so is one whose counters contradict its holds. Answers how many. For when
-- sahm_expire could not.
CREATE OR REPLACE FUNCTION sahm_expire_apart(most int) RETURNS int
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET jit = off SET enable_seqscan = off
AS $$
DECLARE
  hold_ids uuid[];
  license_ids uuid[];
  left_out uuid[] := '{}';
  locked_ids uuid[];
  one record;
  ended sahm_ended[];
  expired int := 0;
BEGIN
  LOOP
    SELECT array_agg(id), array_agg(DISTINCT license_id) INTO hold_ids, license_ids FROM (
      SELECT id, license_id FROM hold WHERE ended_at IS NULL AND lease_ends_at <= sahm_now()
        AND license_id <> ALL (left_out)
      ORDER BY lease_ends_at LIMIT most FOR UPDATE SKIP LOCKED) due;
    IF hold_ids IS NULL THEN RETURN expired; END IF;
    SELECT coalesce(array_agg(license_id), '{}') INTO locked_ids FROM (
      SELECT license_id FROM (
        SELECT license_id, 1 AS present, 0 AS free FROM quota_period
        WHERE license_id = ANY (license_ids)
        UNION ALL SELECT license_id, 1, 0 FROM license_grant WHERE license_id = ANY (license_ids)
        UNION ALL SELECT license_id, 1, 0 FROM named_key JOIN named_key_month month
          ON month.named_key_id = named_key.id WHERE license_id = ANY (license_ids)
        UNION ALL SELECT license_id, 0, 1 FROM (SELECT license_id FROM named_key JOIN named_key_month month
          ON month.named_key_id = named_key.id WHERE license_id = ANY (license_ids)
          FOR NO KEY UPDATE OF month SKIP LOCKED) named
        UNION ALL SELECT license_id, 0, 1 FROM (SELECT license_id FROM quota_period
          WHERE license_id = ANY (license_ids) FOR NO KEY UPDATE SKIP LOCKED) period
        UNION ALL SELECT license_id, 0, 1 FROM (SELECT license_id FROM license_grant
          WHERE license_id = ANY (license_ids) FOR NO KEY UPDATE SKIP LOCKED) pack) counted
      GROUP BY license_id HAVING sum(present) > sum(free)) locked;
    left_out := left_out || locked_ids;
    FOR one IN SELECT license_id, array_agg(id) AS ids FROM hold
      WHERE id = ANY (hold_ids) AND license_id <> ALL (locked_ids) GROUP BY license_id
    LOOP
      BEGIN
        WITH done AS (
          UPDATE hold SET state = 'expired', reason = 'lease_over', ended_at = sahm_now()
          WHERE id = ANY (one.ids) AND state = 'pending'
          RETURNING id, license_id, period, provider, grant_id, units, state, named_key_id
        )
        SELECT array_agg(done::sahm_ended) INTO ended FROM done;
        PERFORM sahm_count_ended(ended, 'UTC');
        expired := expired + cardinality(ended);
      EXCEPTION WHEN integrity_constraint_violation THEN
        left_out := left_out || one.license_id;
      END;
    END LOOP;
    IF expired > 0 THEN RETURN expired; END IF;
  END LOOP;
END $$;
