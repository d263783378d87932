-- What the database is now, beside its tables in schema.prisma: the functions with the comments of the
-- migrations that wrote them last, types, triggers, CHECKs, partial indexes, and how tables are stored.
--
-- Made by `npm run structure` from the migrations, to be read; nothing reads it at run time. It is changed
-- by a migration: `npm run migration -- <name> <function>` begins one with a function's text. A test
-- compares it with the database.
--
-- The ledger's acts are functions because planning costs more than running them: PL/pgSQL plans a statement
-- once a session. That one plan must be right for every size of the tables, also when it was made while they
-- were empty. So every table is asked by its keys alone, what decides besides them is compared after the rows
-- are read, and the planner's other ways are switched off.
--
-- Rows are locked in one order everywhere, so that replicas cannot deadlock: holds (each ended by one
-- caller, or skipped), then named_key_month by (named key, period, provider), then quota_period by (license,
-- period, provider), then license_grant by id.

-- Functions -------------------------------------------------------------------------------------------

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

-- Opens the rows of a period where they are missing. The licenses are locked first, in a statement before,
-- so that a change of a plan, a grant or the first limit of a key that is under way is either seen or will find the
-- rows. (A key's month that stands there already is an older release's, which counted what is held.)
CREATE OR REPLACE FUNCTION sahm_open_periods(license_ids uuid[], this_period text, allowances json) RETURNS void
LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off
AS $$
BEGIN
  PERFORM FROM license WHERE id = ANY (license_ids) ORDER BY id FOR SHARE;
  INSERT INTO quota_period (license_id, period, provider, plan_limit, addon_limit, highest_limit,
    has_limited_keys)
  SELECT entitled.license_id, this_period, entitled.provider, entitled.plan_limit,
    entitled.addon_limit, entitled.plan_limit + entitled.addon_limit,
    coalesce((SELECT bool_or(
        (SELECT true FROM named_key_limit own WHERE own.named_key_id = named_key.id
          AND own.provider = entitled.provider)
        OR (SELECT true FROM named_key_month month WHERE month.named_key_id = named_key.id
          AND month.period = this_period AND month.provider = entitled.provider))
      FROM named_key WHERE named_key.license_id = entitled.license_id), false)
  FROM sahm_entitled(license_ids, this_period, allowances) entitled
  ORDER BY entitled.license_id, entitled.provider
  ON CONFLICT DO NOTHING;
END $$;

-- Holds the wants of each quota in the period's own bucket, when all of them fit there: the common case.
-- quotas: [{ordinal, license_id, key_id, named_key_id?, version, provider, size, total, holds: [{id, model,
-- user_digest?}]}]. A named key is admitted while none of its license has a limit of this quota: then nothing is
-- counted by key before the hold ends.
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
  -- As sahm_month and sahm_month_ends, which would take longer.
  SELECT label, extract(epoch FROM ends_at)::float8 INTO this_period, this_end FROM quota_month
  WHERE starts_at <= instant ORDER BY starts_at DESC LIMIT 1;
  IF this_period IS NULL THEN this_period := sahm_month(instant, zone); END IF;
  WITH
  want AS MATERIALIZED (
    -- What a cache may hold wrongly is compared here.
    SELECT each.*,
      (SELECT license.version = each.version AND license.state = 'active'
          AND (license.expires_at IS NULL OR license.expires_at > instant)
          AND (license.changes_at IS NULL OR license.changes_at > instant)
        FROM license WHERE license.id = each.license_id)
      AND (SELECT each.license_id = coalesce(license_key.license_id, (SELECT named_key.license_id
            FROM named_key WHERE named_key.id = license_key.named_key_id))
          AND license_key.named_key_id IS NOT DISTINCT FROM each.named_key_id
          AND (license_key.valid_until IS NULL OR license_key.valid_until > instant)
        FROM license_key WHERE license_key.id = each.key_id) AS is_allowed
    FROM json_to_recordset(quotas) AS each(ordinal int, license_id uuid, key_id uuid,
      named_key_id uuid, version int, provider text, size bigint, total bigint, holds json)
  ),
  counted AS (
    UPDATE quota_period own SET held = own.held + want.total
    FROM want
    WHERE own.license_id = ANY (ARRAY(SELECT license_id FROM want))
      AND own.license_id = want.license_id AND own.period = this_period
      AND own.provider = want.provider AND want.is_allowed
      AND own.used + own.held + want.total <= own.plan_limit + own.addon_limit
      -- Of the row as it is when it is locked: whoever sets the first limit has locked it, too.
      AND (want.named_key_id IS NULL OR NOT own.has_limited_keys)
    RETURNING want.ordinal, want.size, want.holds, want.named_key_id, own.*
  ),
  inserted AS (
    INSERT INTO hold (id, license_id, provider, period, named_key_id, user_digest, units, state,
      model, created_at, lease_ends_at, dialect)
    SELECT new_hold.id, license_id, provider, period, named_key_id, new_hold.user_digest, size,
      'pending', new_hold.model, instant, instant + lease_ms * interval '1 millisecond',
      new_hold.dialect
    FROM counted CROSS JOIN LATERAL json_to_recordset(holds)
      AS new_hold(id uuid, model text, dialect text, user_digest text)
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
    'resets_at', coalesce(this_end, sahm_month_ends(this_period, zone)),
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
    SELECT id, version, state, expires_at, changes_at FROM license
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
    SELECT new_hold.*, span.grant_id, own.license_id, own.provider, own.size, own.named_key_id
    FROM own
    CROSS JOIN LATERAL ROWS FROM (json_to_recordset(own.holds)
      AS (id uuid, model text, dialect text, user_digest text))
      WITH ORDINALITY AS new_hold(id, model, dialect, user_digest, turn)
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
      state, model, created_at, lease_ends_at, dialect)
    SELECT id, license_id, provider, this_period, grant_id, named_key_id, user_digest, size,
      'pending', model, instant, instant + lease_ms * interval '1 millisecond', dialect
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
-- (named key, period, provider), but only where the license's month is open, which says whether it counts what is held.
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
  this_period text := sahm_month(instant, zone);
  named_key_ids uuid[];
  rooms json;
  fitting json;
  answer json := '{}';
BEGIN
  SELECT array_agg(named_key_id) INTO named_key_ids FROM license_key
  WHERE id = ANY (ARRAY(SELECT key_id FROM json_to_recordset(quotas) AS each(key_id uuid)))
    AND named_key_id IS NOT NULL AND (valid_until IS NULL OR valid_until > instant);
  INSERT INTO named_key_month (named_key_id, period, provider, highest_limit, counts_held)
  SELECT month.named_key_id, this_period, month.provider,
    (SELECT own.units FROM named_key_limit own
      WHERE own.named_key_id = month.named_key_id AND own.provider = month.provider),
    month.has_limited_keys
  FROM (SELECT named_key_id, provider, (SELECT own.has_limited_keys FROM quota_period own
      WHERE own.license_id = (SELECT named_key.license_id FROM named_key
          WHERE named_key.id = named_key_id)
        AND own.period = this_period AND own.provider = key.provider) AS has_limited_keys
    FROM (SELECT DISTINCT named.id AS named_key_id, each.provider
      FROM unnest(named_key_ids) AS named(id)
      CROSS JOIN json_to_recordset(quotas) AS each(provider text)) key) month
  WHERE month.has_limited_keys IS NOT NULL
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
      month.named_key_id IS NOT NULL AND coalesce((SELECT true FROM quota_period own
        WHERE own.license_id = want.license_id AND own.period = this_period
          AND own.provider = want.provider), false) AS is_opened,
      least(want.total, greatest(0, coalesce(month.own_limit - month.used - month.held, want.total)))
        / want.size AS fits,
      coalesce(month.own_limit - month.used >= want.size, false) AS reserved
    FROM want
    JOIN known_key license_key ON license_key.id = want.key_id
      AND license_key.license_id = want.license_id
    LEFT JOIN month ON month.named_key_id = license_key.named_key_id AND month.provider = want.provider
    WHERE license_key.named_key_id IS NOT NULL AND (SELECT license.version = want.version AND license.state = 'active'
        AND (license.expires_at IS NULL OR license.expires_at > instant)
        AND (license.changes_at IS NULL OR license.changes_at > instant)
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
    UPDATE named_key_month month SET last_used_at = instant,
      held = CASE WHEN month.counts_held THEN month.held + taken.units ELSE 0 END,
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
-- have its room, as sahm_hold_named answers it. A want of a wallet is one as sahm_hold_wallets takes it, beside
-- what is read here; then held and full have what that answers of it. A want with a `turn` is first tried as
-- sahm_hold_turn does it.
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
    AND (license.changes_at IS NULL OR license.changes_at > instant)
    AND license_key.id = want.key_id
    AND (license_key.valid_until IS NULL OR license_key.valid_until > instant);
  IF NOT FOUND THEN RETURN json_build_object('verdict', 'stale'); END IF;

  INSERT INTO idempotency_claim AS claim (license_id, key_digest, fingerprint, hold_id, created_at)
  VALUES (want.license_id, digest, body, want.hold_id, instant)
  ON CONFLICT (license_id, key_digest) DO UPDATE SET fingerprint = excluded.fingerprint,
    hold_id = excluded.hold_id, reply = NULL, is_given = false, created_at = excluded.created_at
  WHERE claim.created_at <= instant - interval '24 hours'
    OR EXISTS (SELECT FROM hold WHERE hold.id = claim.hold_id
      AND hold.state IN ('voided', 'expired'));
  IF NOT FOUND THEN
    -- From now on the reply stays as it is: what one caller was given, all are given.
    UPDATE idempotency_claim claim SET is_given = true
    WHERE claim.license_id = want.license_id AND claim.key_digest = digest AND claim.fingerprint = body
      AND claim.reply IS NOT NULL AND NOT claim.is_given;
    SELECT json_build_object('verdict', 'claimed', 'same', claim.fingerprint = body,
      'state', hold.state, 'hold_id', claim.hold_id, 'reply', encode(claim.reply, 'base64'))
    INTO answer
    FROM idempotency_claim claim JOIN hold ON hold.id = claim.hold_id
    WHERE claim.license_id = want.license_id AND claim.key_digest = digest;
    RETURN answer;
  END IF;

  IF quotas->0->'turn' IS NOT NULL THEN
    answer := sahm_hold_turn(quotas, zone, lease_ms);
    IF answer->>'verdict' = 'held' THEN RETURN answer; END IF;
  END IF;
  IF quotas->0->'least' IS NOT NULL OR is_named THEN
    answer := CASE WHEN quotas->0->'least' IS NOT NULL
      THEN sahm_hold_once_wallet(quotas, zone, lease_ms)
      ELSE sahm_hold_once_named(quotas, zone, lease_ms) END;
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
-- wants: [{hold_id, outcome, reason, prompt_tokens, completion_tokens, cost_microusd, answered_by?, units?}];
-- answered_by: the model that answered, where it is another than was asked for; units: how many to post, where
-- fewer than were held: the others are free at once. Of a wallet also more: as many as its bucket has free.
-- Answers {ended: [{id, license_id, period, provider, grant_id, units, state, named_key_id, held, sent_to}], counters,
-- grants: [{id, entitled, used}], keys: [{named_key_id, period, provider, used, own_limit}]}, the grants and the
-- named keys' months of what was ended, where what is held is counted; a grant that is not active entitles to nothing.
CREATE OR REPLACE FUNCTION sahm_settle(wants json, zone text) RETURNS json
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
AS $$
DECLARE
  ended sahm_ended[];
  grant_ids uuid[];
  named_key_ids uuid[];
  is_dearer boolean;
  counters json;
  grants json := '[]';
  keys json := '[]';
BEGIN
  WITH want AS MATERIALIZED (
    SELECT * FROM json_to_recordset(wants) AS each(hold_id uuid, outcome text, reason text,
      prompt_tokens int, completion_tokens int, cost_microusd bigint, answered_by text, units bigint)
  ),
  done AS (
    UPDATE hold SET state = want.outcome, reason = want.reason, ended_at = sahm_now(),
      prompt_tokens = want.prompt_tokens, completion_tokens = want.completion_tokens,
      cost_microusd = want.cost_microusd, model = coalesce(want.answered_by, hold.model),
      units = CASE want.outcome WHEN 'posted' THEN least(hold.units, want.units) ELSE hold.units END,
      held_units = CASE WHEN want.outcome = 'posted' AND want.units < hold.units THEN hold.units END
    FROM want
    WHERE hold.id = ANY (ARRAY(SELECT hold_id FROM want)) AND hold.id = want.hold_id
      AND hold.state = 'pending'
    RETURNING hold.id, hold.license_id, hold.period,
      CASE WHEN hold.unit IS NULL THEN hold.provider ELSE 'all' END AS provider, hold.grant_id,
      hold.units, hold.state, hold.named_key_id, coalesce(hold.held_units, hold.units) AS held,
      CASE WHEN hold.unit IS NOT NULL THEN hold.provider END AS sent_to, want.units AS wanted
  )
  SELECT array_agg(ROW(id, license_id, period, provider, grant_id, units, state, named_key_id, held,
      sent_to)::sahm_ended),
    array_agg(grant_id) FILTER (WHERE grant_id IS NOT NULL),
    array_agg(named_key_id) FILTER (WHERE named_key_id IS NOT NULL),
    bool_or(state = 'posted' AND wanted > held AND sent_to IS NOT NULL)
  INTO ended, grant_ids, named_key_ids, is_dearer FROM done;
  IF ended IS NULL THEN RETURN '{"ended": [], "counters": [], "grants": [], "keys": []}'; END IF;
  counters := sahm_count_ended(ended, zone);
  IF is_dearer THEN
    ended := sahm_post_more(ended, wants);
    counters := sahm_counters_in(ARRAY(SELECT each.license_id FROM unnest(ended) each),
      ARRAY(SELECT DISTINCT each.period FROM unnest(ended) each), zone);
  END IF;
  IF grant_ids IS NOT NULL THEN
    SELECT json_agg(json_build_object('id', id, 'used', used,
      'entitled', CASE state WHEN 'active' THEN entitled ELSE 0 END))
    INTO grants FROM license_grant WHERE id = ANY (grant_ids);
  END IF;
  IF named_key_ids IS NOT NULL THEN
    SELECT coalesce(json_agg(json_build_object('named_key_id', named_key_id, 'period', period,
      'provider', provider, 'used', used, 'own_limit', (SELECT own.units FROM named_key_limit own
        WHERE own.named_key_id = month.named_key_id AND own.provider = month.provider))), '[]')
    INTO keys FROM named_key_month month
    WHERE named_key_id = ANY (named_key_ids) AND counts_held
      AND period = ANY (ARRAY(SELECT each.period FROM unnest(ended) each));
  END IF;
  RETURN json_build_object('ended', to_json(ended), 'counters', counters, 'grants', grants,
    'keys', keys);
END $$;

-- The same for one hold with an Idempotency-Key, whose reply is kept with it. Where the claim was pruned or
-- taken by a later request, there is nothing to keep it for. wants: one.
CREATE OR REPLACE FUNCTION sahm_settle_kept(wants json, zone text, digest bytea, sealed bytea) RETURNS json
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  answer json := sahm_settle(wants, zone);
BEGIN
  UPDATE idempotency_claim SET reply = sealed
  WHERE license_id = (answer->'ended'->0->>'license_id')::uuid AND key_digest = digest
    AND hold_id = (answer->'ended'->0->>'id')::uuid;
  RETURN answer;
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
    RETURNING id, license_id, period, CASE WHEN unit IS NULL THEN provider ELSE 'all' END AS provider,
      grant_id, units, state, named_key_id, units AS held,
      CASE WHEN unit IS NOT NULL THEN provider END AS sent_to
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
  periods text[];
  grant_ids uuid[];
  named_key_ids uuid[];
  is_of_wallet boolean;
BEGIN
  SELECT array_agg(license_id), array_agg(DISTINCT period),
    array_agg(grant_id) FILTER (WHERE grant_id IS NOT NULL),
    array_agg(named_key_id) FILTER (WHERE named_key_id IS NOT NULL),
    bool_or(sent_to IS NOT NULL AND state = 'posted')
  INTO license_ids, periods, grant_ids, named_key_ids, is_of_wallet
  FROM unnest(ended);
  IF named_key_ids IS NOT NULL THEN
    -- In the order in which rows are locked. Whether what is held is counted, the row says as it is when it is locked.
    INSERT INTO named_key_month AS month (named_key_id, period, provider, counts_held, held, used,
      last_used_at)
    SELECT named_key_id, period, provider, false, sum(ended.held),
      coalesce(sum(units) FILTER (WHERE state = 'posted'), 0),
      CASE WHEN bool_or(state <> 'expired') THEN sahm_now() END
    FROM unnest(ended) ended WHERE named_key_id IS NOT NULL
    GROUP BY named_key_id, period, provider ORDER BY named_key_id, period, provider
    ON CONFLICT (named_key_id, period, provider) DO UPDATE SET
      held = CASE WHEN month.counts_held THEN month.held - excluded.held ELSE 0 END,
      used = month.used + excluded.used,
      last_used_at = coalesce(excluded.last_used_at, month.last_used_at);
  END IF;

  -- Both providers' rows, because a reply shows both: of two replicas that end holds of one license
  -- at once, the later one sees what the earlier one did. In a statement of its own, so that the
  -- next ones see the rows and the grants as they are now.
  PERFORM FROM quota_period WHERE license_id = ANY (license_ids) AND period = ANY (periods)
    ORDER BY license_id, period, provider FOR NO KEY UPDATE;

  IF grant_ids IS NOT NULL THEN
    WITH change AS (
      SELECT grant_id, sum(ended.held) AS held,
        coalesce(sum(units) FILTER (WHERE state = 'posted'), 0) AS used
      FROM unnest(ended) ended WHERE grant_id IS NOT NULL GROUP BY grant_id
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
      coalesce(sum(ended.held) FILTER (WHERE grant_id IS NULL), 0)::bigint AS held,
      coalesce(sum(units) FILTER (WHERE grant_id IS NULL AND state = 'posted'), 0)::bigint AS used,
      coalesce(sum(units) FILTER (WHERE grant_id IS NOT NULL AND state = 'posted'), 0)::bigint
        AS grants_used
    FROM unnest(ended) ended GROUP BY license_id, period, provider) change
  WHERE own.license_id = ANY (license_ids) AND own.period = ANY (periods)
    AND own.license_id = change.license_id AND own.period = change.period
    AND own.provider = change.provider;

  -- Which provider was paid for, of a wallet over all of them. Under the lock of the wallet's month.
  IF is_of_wallet THEN
    INSERT INTO wallet_use AS known (license_id, period, provider, used)
    SELECT license_id, period, sent_to, sum(units)::bigint FROM unnest(ended)
    WHERE sent_to IS NOT NULL AND state = 'posted'
    GROUP BY license_id, period, sent_to ORDER BY license_id, period, sent_to
    ON CONFLICT (license_id, period, provider) DO UPDATE SET used = known.used + excluded.used;
  END IF;
  RETURN sahm_counters_in(license_ids, periods, zone);
END $$;

-- The counters of licenses in these periods, all providers: what a reply shows. Of a wallet (provider `all`) also
-- used_by: what of it went to each provider. Runs under its caller's
-- settings. (sahm_counters_since stays for calls that are under way while this migration runs.)
CREATE OR REPLACE FUNCTION sahm_counters_in(license_ids uuid[], periods text[], zone text) RETURNS json
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  answer json;
BEGIN
  SELECT coalesce(json_agg(json_build_object('license_id', own.license_id,
    'plan', (SELECT plan FROM license WHERE license.id = own.license_id), 'period', own.period,
    'resets_at', coalesce((SELECT extract(epoch FROM month.ends_at)::float8
      FROM quota_month month WHERE month.label = own.period), sahm_month_ends(own.period, zone)),
    'provider', own.provider, 'plan_limit', own.plan_limit, 'addon_limit', own.addon_limit,
    'used', own.used, 'held', own.held + pack.held, 'grants_used', own.grants_used,
    'grants_unspent', pack.unspent, 'used_by', CASE own.provider WHEN 'all' THEN (
      SELECT json_object_agg(used_of.provider, used_of.used) FROM wallet_use used_of
      WHERE used_of.license_id = own.license_id AND used_of.period = own.period) END)), '[]')
  INTO answer
  FROM quota_period own
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

-- Makes a license's columns what its rows are.
CREATE OR REPLACE FUNCTION sahm_columns_from_limits() RETURNS trigger LANGUAGE plpgsql
AS $$
BEGIN
  UPDATE license SET
    openrouter_limit = (SELECT own.units FROM license_limit own
      WHERE own.license_id = license.id AND own.provider = 'openrouter'),
    openai_limit = (SELECT own.units FROM license_limit own
      WHERE own.license_id = license.id AND own.provider = 'openai')
  WHERE id = coalesce(NEW.license_id, OLD.license_id);
  RETURN NULL;
END $$;

-- When a named key gets a limit, what is pending is counted by key from then on, for all keys of its license: in the
-- months that are not over. Whoever holds waits, or has held before and is counted here.
CREATE OR REPLACE FUNCTION sahm_count_held_by_key() RETURNS trigger LANGUAGE plpgsql
AS $$
DECLARE
  of_license uuid;
  key_ids uuid[];
  periods text[];
BEGIN
  SELECT license_id INTO of_license FROM named_key WHERE id = NEW.named_key_id;
  -- Whoever opens a month waits, and sees the limit then.
  PERFORM FROM license WHERE id = of_license FOR NO KEY UPDATE;
  SELECT array_agg(period) INTO periods FROM quota_period own
  WHERE license_id = of_license AND provider = NEW.provider AND NOT has_limited_keys
    AND NOT EXISTS (SELECT FROM quota_month WHERE label = own.period AND ends_at <= sahm_now());
  IF periods IS NULL THEN RETURN NULL; END IF;
  SELECT array_agg(id) INTO key_ids FROM named_key WHERE license_id = of_license;
  INSERT INTO named_key_month (named_key_id, period, provider, counts_held)
  SELECT key_id, period, NEW.provider, false FROM unnest(key_ids) key_id, unnest(periods) period
  ORDER BY key_id, period ON CONFLICT DO NOTHING;
  PERFORM FROM named_key_month
  WHERE named_key_id = ANY (key_ids) AND period = ANY (periods) AND provider = NEW.provider
  ORDER BY named_key_id, period, provider FOR NO KEY UPDATE;
  PERFORM FROM quota_period
  WHERE license_id = of_license AND period = ANY (periods) AND provider = NEW.provider
  ORDER BY license_id, period, provider FOR NO KEY UPDATE;
  UPDATE quota_period SET has_limited_keys = true
  WHERE license_id = of_license AND period = ANY (periods) AND provider = NEW.provider;
  UPDATE named_key_month month SET counts_held = true, held = (
    SELECT coalesce(sum(units), 0) FROM hold WHERE ended_at IS NULL
      AND named_key_id = month.named_key_id AND period = month.period
      AND CASE WHEN unit IS NULL THEN provider ELSE 'all' END = month.provider)
  WHERE named_key_id = ANY (key_ids) AND period = ANY (periods) AND provider = NEW.provider
    AND NOT counts_held;
  RETURN NULL;
END $$;

-- One row of counters as replies show it.
CREATE OR REPLACE FUNCTION sahm_counter(license_id uuid, plan text, period text, zone text, provider text,
  plan_limit bigint, addon_limit bigint, used bigint, held bigint, grants_used bigint,
  grants_unspent bigint) RETURNS json
LANGUAGE sql STABLE AS $$
  SELECT json_build_object('license_id', license_id, 'plan', plan, 'period', period,
    'resets_at', extract(epoch FROM
      ((period || '-01')::timestamp + interval '1 month') AT TIME ZONE zone)::float8,
    'provider', provider, 'plan_limit', plan_limit, 'addon_limit', addon_limit, 'used', used,
    'held', held, 'grants_used', grants_used, 'grants_unspent', grants_unspent)
$$;

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
          RETURNING id, license_id, period, CASE WHEN unit IS NULL THEN provider ELSE 'all' END AS provider,
      grant_id, units, state, named_key_id, units AS held,
      CASE WHEN unit IS NOT NULL THEN provider END AS sent_to
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

-- Lets pending holds of wallets grow, one after another, each in the bucket that it is drawn from: until so many units
-- are held, or as far as that bucket and the named key's own limit have them free. Their leases stay as they are.
-- wants: [{hold_id, units}]. Answers [{id, units}]: how many are held then; without those that have ended.
CREATE OR REPLACE FUNCTION sahm_extend(wants json) RETURNS json
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
AS $$
DECLARE
  hold_ids uuid[];
  license_ids uuid[];
  periods text[];
  grant_ids uuid[];
  named_key_ids uuid[];
  want record;
  known record;
  more bigint;
  own_limit bigint;
  answers json[] := '{}';
BEGIN
  -- The holds first, as where they end; then all that is counted, in the order of all.
  WITH pending AS (
    SELECT id, license_id, period, grant_id, named_key_id FROM hold
    WHERE id = ANY (ARRAY(SELECT hold_id FROM json_to_recordset(wants) AS each(hold_id uuid)))
      AND state = 'pending' AND unit = 'microusd'
    ORDER BY id FOR NO KEY UPDATE
  )
  SELECT array_agg(id), array_agg(DISTINCT license_id), array_agg(DISTINCT period),
    array_agg(grant_id) FILTER (WHERE grant_id IS NOT NULL),
    array_agg(named_key_id) FILTER (WHERE named_key_id IS NOT NULL)
  INTO hold_ids, license_ids, periods, grant_ids, named_key_ids FROM pending;
  IF named_key_ids IS NOT NULL THEN
    PERFORM FROM named_key_month WHERE named_key_id = ANY (named_key_ids) AND period = ANY (periods)
      ORDER BY named_key_id, period, provider FOR NO KEY UPDATE;
  END IF;
  PERFORM FROM quota_period WHERE license_id = ANY (license_ids) AND period = ANY (periods)
    ORDER BY license_id, period, provider FOR NO KEY UPDATE;
  IF grant_ids IS NOT NULL THEN
    PERFORM FROM license_grant WHERE id = ANY (grant_ids) ORDER BY id FOR NO KEY UPDATE;
  END IF;

  FOR want IN SELECT * FROM json_to_recordset(wants) AS each(hold_id uuid, units bigint) LOOP
    SELECT id, license_id, period, grant_id, named_key_id, units INTO known FROM hold
    WHERE id = want.hold_id AND id = ANY (hold_ids);
    CONTINUE WHEN NOT FOUND;
    more := want.units - known.units;
    IF known.grant_id IS NULL THEN
      SELECT least(more, plan_limit + addon_limit - used - held) INTO more FROM quota_period
      WHERE license_id = known.license_id AND period = known.period AND provider = 'all';
    ELSE
      SELECT CASE state WHEN 'active' THEN least(more, entitled - used - held) ELSE 0 END INTO more
      FROM license_grant WHERE id = known.grant_id;
    END IF;
    IF known.named_key_id IS NOT NULL THEN
      SELECT own.units INTO own_limit FROM named_key_limit own
      WHERE own.named_key_id = known.named_key_id AND own.provider = 'all';
      SELECT least(more, own_limit - used - held) INTO more FROM named_key_month
      WHERE named_key_id = known.named_key_id AND period = known.period AND provider = 'all';
    END IF;
    more := greatest(0, more);
    IF more > 0 THEN
      UPDATE hold SET units = units + more WHERE id = known.id;
      IF known.grant_id IS NULL THEN
        UPDATE quota_period SET held = held + more
        WHERE license_id = known.license_id AND period = known.period AND provider = 'all';
      ELSE
        UPDATE license_grant SET held = held + more WHERE id = known.grant_id;
      END IF;
      UPDATE named_key_month SET held = held + more,
        highest_limit = CASE WHEN highest_limit IS NOT NULL AND own_limit IS NOT NULL
          THEN greatest(highest_limit, own_limit) END
      WHERE named_key_id = known.named_key_id AND period = known.period AND provider = 'all';
    END IF;
    answers := answers || json_build_object('id', known.id, 'units', known.units + more);
  END LOOP;
  RETURN array_to_json(answers);
END $$;

-- The least UUID of version 7 that can have been made at an instant: ids are in the order of time.
CREATE OR REPLACE FUNCTION sahm_first_id(instant timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT (lpad(to_hex(greatest(0, floor(extract(epoch FROM instant) * 1000))::bigint), 12, '0')
    || repeat('0', 20))::uuid $$;

-- Holds wants with keys of any kind in the period's own buckets, where all of a license and provider fit there and
-- all of a named key fit in its own limit: the common case of a batch with named keys. What does not fit, or is not
-- what the caller believes, is left to the functions that answer why: sahm_hold_own, sahm_hold_any, sahm_hold_named.
-- A key's month that is missing is opened there.
-- quotas: [{ordinal, license_id, key_id, version, provider, size, total}], with any key; several may be of one license
-- and provider. holds: [{ordinal, id, model, dialect?, user_digest?}], of `size` units each, `total` in all of a quota.
-- Answers {resets_at, counters, grants}: the own counters of the quotas that were held, by ordinal, with own_limit and
-- own_used of a named key that has a limit (own_used before this); grants as sahm_hold_own answers them.
CREATE OR REPLACE FUNCTION sahm_hold_keys(quotas json, holds json, zone text, lease_ms bigint) RETURNS json
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
    UPDATE named_key_month month SET last_used_at = instant,
      held = CASE WHEN month.counts_held THEN month.held + taken.units ELSE 0 END,
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

-- One want of a wallet, told as sahm_hold_once tells it.
CREATE OR REPLACE FUNCTION sahm_hold_once_wallet(quotas json, zone text, lease_ms bigint) RETURNS json
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  answer json := sahm_hold_wallets(json_build_array((quotas->0)::jsonb || (quotas->0->'holds'->0)::jsonb),
    zone, lease_ms);
  one json := answer->'answers'->0;
BEGIN
  RETURN json_build_object('verdict', one->'verdict', 'period', answer->'period', 'units', one->'units',
    'affords', one->'affords', 'reserved', one->'reserved', 'room', one->'room', 'counters', answer->'counters');
END $$;

-- Holds nothing for a call that its turn has paid for: the newest turn of the conversation whose own hold was posted
-- in this month, with the same key, and was not smaller, that began at most so many minutes ago, and of which fewer than
-- so many calls are under way or answered. The turn is locked, so that two calls never get one place.
-- quotas: one, with one hold, as in sahm_hold_own, and `turn` {conversation, follow_ups, minutes}. Answers {verdict:
-- held, period, units: 0}, stale, or unpaid: then it costs what any call costs.
CREATE OR REPLACE FUNCTION sahm_hold_turn(quotas json, zone text, lease_ms bigint) RETURNS json
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
AS $$
DECLARE
  instant timestamptz := sahm_now();
  this_period text := sahm_month(instant, zone);
  want record;
  asked record;
  known record;
  paid_by uuid;
  told uuid[];
  counting uuid[];
BEGIN
  SELECT * INTO want FROM json_to_recordset(quotas) AS each(license_id uuid, key_id uuid, version int,
    provider text, size bigint);
  SELECT * INTO asked FROM json_to_record((quotas->0->'turn')) AS each(conversation text, follow_ups int,
    minutes int);
  SELECT license_key.named_key_id INTO known FROM license, license_key
  WHERE license.id = want.license_id AND license.version = want.version AND license.state = 'active'
    AND (license.expires_at IS NULL OR license.expires_at > instant)
    AND (license.changes_at IS NULL OR license.changes_at > instant)
    AND license_key.id = want.key_id
    AND (license_key.valid_until IS NULL OR license_key.valid_until > instant)
    AND want.license_id = coalesce(license_key.license_id, (SELECT named_key.license_id
      FROM named_key WHERE named_key.id = license_key.named_key_id));
  IF NOT FOUND THEN RETURN json_build_object('verdict', 'stale'); END IF;
  LOOP
    -- Each hold is asked for by its key (see above): no join.
    SELECT hold_id INTO paid_by FROM turn
    WHERE license_id = want.license_id AND conversation = asked.conversation
      AND begun_at > instant - asked.minutes * interval '1 minute' AND provider = want.provider
      AND (SELECT hold.state = 'posted' AND hold.units >= want.size AND hold.period = this_period
          AND hold.named_key_id IS NOT DISTINCT FROM known.named_key_id
        FROM hold WHERE hold.id = turn.hold_id)
      AND (SELECT count(*) FROM hold WHERE hold.id = ANY (turn.calls)
        AND hold.state IN ('pending', 'posted')) < asked.follow_ups
    ORDER BY begun_at DESC LIMIT 1;
    IF NOT FOUND THEN RETURN json_build_object('verdict', 'unpaid'); END IF;
    SELECT calls INTO told FROM turn WHERE hold_id = paid_by FOR NO KEY UPDATE;
    -- Others may have taken its last places in between.
    SELECT coalesce(array_agg(id), '{}') INTO counting FROM hold
    WHERE id = ANY (told) AND state IN ('pending', 'posted');
    EXIT WHEN cardinality(counting) < asked.follow_ups;
  END LOOP;
  INSERT INTO hold (id, license_id, provider, period, named_key_id, user_digest, units, turn_of, state, model,
    created_at, lease_ends_at, dialect)
  SELECT new_hold.id, want.license_id, want.provider, this_period, known.named_key_id, new_hold.user_digest, 0,
    paid_by, 'pending', new_hold.model, instant, instant + lease_ms * interval '1 millisecond',
    new_hold.dialect
  FROM json_to_recordset(quotas->0->'holds') AS new_hold(id uuid, model text, dialect text,
    user_digest text);
  UPDATE turn SET calls = counting || (quotas->0->'holds'->0->>'id')::uuid WHERE hold_id = paid_by;
  RETURN json_build_object('verdict', 'held', 'period', this_period, 'units', 0);
END $$;

-- Holds wants of wallets, one after another, each whole from the first bucket that has room: the month's own, then
-- grants, oldest first. Where none has room for all, from the one that has the most, if that is not less than `least`.
-- wants: [{id, license_id, key_id, version, provider, size, least, first?, model, dialect?, user_digest?}], by license;
-- provider: where it is sent; first: of what it could have, no more than this is held now, the rest by sahm_extend.
-- Answers {period, answers: [{id, verdict: held|full|stale|unopened, units, affords, reserved, room}], counters}: of one
-- that is held, how many units are, and how many could have been; of one that is full, whether pending holds are all
-- that stands in the way; with a named key its room, as sahm_hold_named tells it (fits: whether its own limit lets it
-- through).
CREATE OR REPLACE FUNCTION sahm_hold_wallets(wants json, zone text, lease_ms bigint) RETURNS json
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
AS $$
DECLARE
  instant timestamptz := sahm_now();
  this_period text := sahm_month(instant, zone);
  license_ids uuid[];
  key_ids uuid[];
  named_key_ids uuid[];
  want record;
  at_license uuid;
  own_room bigint;
  own_could bigint;
  changed_ids uuid[] := '{}';
  changed_by bigint[] := '{}';
  at_key uuid;
  at_version int;
  is_known boolean;
  named_id uuid;
  from_grant uuid;
  room bigint;
  could bigint;
  key_room bigint;
  key_could bigint;
  key_told json;
  affords bigint;
  granted bigint;
  granted_all json[] := '{}';
  answers json[] := '{}';
BEGIN
  SELECT array_agg(DISTINCT license_id), array_agg(DISTINCT key_id) INTO license_ids, key_ids
  FROM json_to_recordset(wants) AS each(license_id uuid, key_id uuid);
  SELECT array_agg(named_key_id) INTO named_key_ids FROM license_key
  WHERE id = ANY (key_ids) AND named_key_id IS NOT NULL
    AND (valid_until IS NULL OR valid_until > instant);
  IF named_key_ids IS NOT NULL THEN
    INSERT INTO named_key_month (named_key_id, period, provider, highest_limit)
    SELECT named.id, this_period, 'all', (SELECT own.units FROM named_key_limit own
      WHERE own.named_key_id = named.id AND own.provider = 'all')
    FROM (SELECT DISTINCT id FROM unnest(named_key_ids) AS each(id)) named ORDER BY named.id
    ON CONFLICT DO NOTHING;
    PERFORM FROM named_key_month WHERE named_key_id = ANY (named_key_ids) AND period = this_period
      ORDER BY named_key_id, period, provider FOR NO KEY UPDATE;
  END IF;
  -- All that is counted is locked first, in the order of all, and then read as it is.
  PERFORM FROM quota_period WHERE license_id = ANY (license_ids) AND period = this_period
    ORDER BY license_id, period, provider FOR NO KEY UPDATE;
  PERFORM FROM license_grant WHERE license_id = ANY (license_ids) AND lasts = 'until-used'
    AND state = 'active' AND provider = 'all' AND entitled > used
    ORDER BY id FOR NO KEY UPDATE;

  FOR want IN SELECT * FROM json_to_recordset(wants) AS each(id uuid, license_id uuid, key_id uuid,
    version int, provider text, size bigint, least bigint, first bigint, model text, dialect text,
    user_digest text)
  LOOP
    -- Wants of a license stand together: its row is read once, and written once at the end.
    IF at_license IS DISTINCT FROM want.license_id THEN
      SELECT plan_limit + addon_limit - used - held, plan_limit + addon_limit - used
      INTO own_room, own_could FROM quota_period
      WHERE license_id = want.license_id AND period = this_period AND provider = 'all';
    END IF;
    IF (at_license, at_key, at_version) IS DISTINCT FROM (want.license_id, want.key_id, want.version) THEN
      SELECT license_key.named_key_id INTO named_id FROM license, license_key
      WHERE license.id = want.license_id AND license.version = want.version AND license.state = 'active'
        AND (license.expires_at IS NULL OR license.expires_at > instant)
        AND (license.changes_at IS NULL OR license.changes_at > instant)
        AND license_key.id = want.key_id
        AND (license_key.valid_until IS NULL OR license_key.valid_until > instant)
        AND want.license_id = coalesce(license_key.license_id, (SELECT named_key.license_id
          FROM named_key WHERE named_key.id = license_key.named_key_id));
      is_known := FOUND;
      at_license := want.license_id;
      at_key := want.key_id;
      at_version := want.version;
    END IF;
    IF NOT is_known THEN
      answers := answers || json_build_object('id', want.id, 'verdict', 'stale');
      CONTINUE;
    END IF;
    key_told := NULL;
    key_room := want.size;
    key_could := want.size;
    IF named_id IS NOT NULL THEN
      SELECT coalesce(own_limit - used - held, want.size), coalesce(own_limit - used, want.size),
        json_build_object('named_key_id', named_key_id, 'period', period, 'provider', provider,
          'used', used, 'own_limit', own_limit,
          'fits', (coalesce(own_limit - used - held, want.least) >= want.least)::int)
      INTO key_room, key_could, key_told
      FROM (SELECT month.*, (SELECT own.units FROM named_key_limit own
          WHERE own.named_key_id = month.named_key_id AND own.provider = month.provider) AS own_limit
        FROM named_key_month month
        WHERE named_key_id = named_id AND period = this_period AND provider = 'all') own;
    END IF;
    IF own_room IS NULL THEN
      answers := answers || json_build_object('id', want.id, 'verdict', 'unopened');
      CONTINUE;
    END IF;
    from_grant := NULL;
    room := own_room;
    could := own_could;
    IF room < want.size THEN
      SELECT pack.grant_id, pack.room, max(pack.could) OVER () INTO from_grant, room, could
      FROM (SELECT NULL::uuid AS grant_id, own_room AS room, own_could AS could, 0 AS turn
        UNION ALL
        SELECT id, entitled - used - held, entitled - used,
          row_number() OVER (ORDER BY created_at, id)
        FROM license_grant WHERE license_id = want.license_id AND lasts = 'until-used'
          AND state = 'active' AND provider = 'all' AND entitled > used) pack
      ORDER BY pack.room >= want.size DESC, CASE WHEN pack.room >= want.size THEN pack.turn END,
        pack.room DESC, pack.turn
      LIMIT 1;
    END IF;
    affords := least(want.size, room, key_room);
    IF affords < want.least THEN
      answers := answers || json_build_object('id', want.id, 'verdict', 'full',
        'reserved', least(could, key_could) >= want.least, 'room', key_told);
      CONTINUE;
    END IF;
    granted := least(affords, want.first);
    granted_all := granted_all || json_build_object('id', want.id, 'grant_id', from_grant,
      'named_key_id', named_id, 'units', granted);
    IF from_grant IS NOT NULL THEN
      UPDATE license_grant SET held = held + granted WHERE id = from_grant;
    ELSE
      own_room := own_room - granted;
      IF changed_ids[cardinality(changed_ids)] = want.license_id THEN
        changed_by[cardinality(changed_by)] := changed_by[cardinality(changed_by)] + granted;
      ELSE
        changed_ids := changed_ids || want.license_id;
        changed_by := changed_by || granted;
      END IF;
    END IF;
    IF named_id IS NOT NULL THEN
      UPDATE named_key_month month SET held = month.held + granted, last_used_at = instant,
        highest_limit = CASE WHEN month.highest_limit IS NOT NULL
          AND (key_told->>'own_limit') IS NOT NULL
          THEN greatest(month.highest_limit, (key_told->>'own_limit')::bigint) END
      WHERE named_key_id = named_id AND period = this_period AND provider = 'all';
    END IF;
    answers := answers || json_build_object('id', want.id, 'verdict', 'held', 'units', granted,
      'affords', affords, 'room', key_told);
  END LOOP;

  INSERT INTO hold (id, license_id, provider, period, grant_id, named_key_id, user_digest, units, unit,
    state, model, created_at, lease_ends_at, dialect)
  SELECT held.id, asked.license_id, asked.provider, this_period, held.grant_id, held.named_key_id,
    asked.user_digest, held.units, 'microusd', 'pending', asked.model, instant,
    instant + lease_ms * interval '1 millisecond', asked.dialect
  FROM json_to_recordset(array_to_json(granted_all)) AS held(id uuid, grant_id uuid, named_key_id uuid,
    units bigint)
  JOIN json_to_recordset(wants) AS asked(id uuid, license_id uuid, provider text, model text, dialect text,
    user_digest text) ON asked.id = held.id;
  UPDATE quota_period own SET held = own.held + change.units
  FROM unnest(changed_ids, changed_by) AS change(license_id, units)
  WHERE own.license_id = ANY (changed_ids) AND own.license_id = change.license_id
    AND own.period = this_period AND own.provider = 'all';
  RETURN json_build_object('period', this_period, 'answers', array_to_json(answers),
    'counters', sahm_counters_in(license_ids, ARRAY[this_period], zone));
END $$;

-- Holds the wants of each license's wallet in the month's own bucket, when there is room for all of them and for each
-- to grow to all that it may come to: the common case. It is the same then as one after another.
-- wallets: [{license_id, key_id, version, total, most, holds: [{id, provider, units, model, dialect?, user_digest?}]}],
-- one for each license, by license, with the master key: no other is known here. units: what is held now; total: their
-- sum; most: the most that one of them may come to; provider: where it is sent.
-- Answers {period, resets_at, counters, grants}: the own counters of the licenses whose wants are held, and what is left
-- in their grants. Of the others nothing is held.
CREATE OR REPLACE FUNCTION sahm_hold_wallets_own(wallets json, zone text, lease_ms bigint) RETURNS json
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

-- Whatever the program does, what was written down stays as it was written.
CREATE OR REPLACE FUNCTION sahm_keep_audit() RETURNS trigger LANGUAGE plpgsql
  AS $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;

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

-- Notes what changes a balance beside requests. Whatever a request writes (used, held) notes nothing.
CREATE OR REPLACE FUNCTION sahm_note_balance_change() RETURNS trigger LANGUAGE plpgsql
AS $$
BEGIN
  CASE TG_TABLE_NAME
  WHEN 'license' THEN
    INSERT INTO balance_change (license_id, kind, before, after)
    VALUES (NEW.id, 'plan', jsonb_build_object('plan', OLD.plan),
      jsonb_build_object('plan', NEW.plan));
  WHEN 'quota_period' THEN
    INSERT INTO balance_change (license_id, kind, provider, period, before, after)
    VALUES (NEW.license_id, 'limit', NEW.provider, NEW.period,
      jsonb_build_object('units', OLD.plan_limit), jsonb_build_object('units', NEW.plan_limit));
  WHEN 'license_grant' THEN
    INSERT INTO balance_change (license_id, kind, grant_id, before, after)
    VALUES (NEW.license_id, 'grant', NEW.id,
      jsonb_build_object('units', OLD.entitled, 'state', OLD.state),
      jsonb_build_object('units', NEW.entitled, 'state', NEW.state, 'reason', NEW.reason));
  END CASE;
  RETURN NULL;
END $$;

-- The one clock of the service: all time that decides is read here. Tests replace the function to
-- shift time.
CREATE OR REPLACE FUNCTION sahm_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT statement_timestamp() $$;

-- A fact that another release writes makes the books of its order stale.
CREATE OR REPLACE FUNCTION sahm_order_is_unbooked() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  UPDATE purchase_order SET is_booked = false
  WHERE shop = NEW.shop AND order_id = NEW.order_id AND is_booked AND same_as IS NULL;
  RETURN NULL;
END
$$;

-- A call that was dearer than what was held for it, with a named key without a limit of its own, was charged no more than
-- that: greatest(0, NULL) is 0. Now such a key has its calls paid in full, and one with a limit as far as the limit goes
-- then, as where a hold grows.
CREATE OR REPLACE FUNCTION sahm_post_more(ended sahm_ended[], wants json) RETURNS sahm_ended[]
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
AS $$
DECLARE
  one record;
  more bigint;
  own_limit bigint;
BEGIN
  FOR one IN
    SELECT each.*, want.units - each.held AS owed
    FROM unnest(ended) WITH ORDINALITY AS each(id, license_id, period, provider, grant_id, units, state,
      named_key_id, held, sent_to, place)
    JOIN json_to_recordset(wants) AS want(hold_id uuid, units bigint) ON want.hold_id = each.id
    WHERE each.state = 'posted' AND each.sent_to IS NOT NULL AND want.units > each.held
    ORDER BY place
  LOOP
    more := one.owed;
    IF one.grant_id IS NULL THEN
      SELECT least(more, plan_limit + addon_limit - used - held) INTO more FROM quota_period
      WHERE license_id = one.license_id AND period = one.period AND provider = one.provider;
    ELSE
      SELECT CASE state WHEN 'active' THEN least(more, entitled - used - held) ELSE 0 END INTO more
      FROM license_grant WHERE id = one.grant_id;
    END IF;
    IF one.named_key_id IS NOT NULL THEN
      SELECT own.units INTO own_limit FROM named_key_limit own
      WHERE own.named_key_id = one.named_key_id AND own.provider = one.provider;
      SELECT least(more, own_limit - used - held) INTO more FROM named_key_month
      WHERE named_key_id = one.named_key_id AND period = one.period AND provider = one.provider;
    END IF;
    more := greatest(0, more);
    CONTINUE WHEN more = 0;
    UPDATE license_grant SET used = used + more WHERE id = one.grant_id;
    UPDATE quota_period SET
      used = used + CASE WHEN one.grant_id IS NULL THEN more ELSE 0 END,
      grants_used = grants_used + CASE WHEN one.grant_id IS NULL THEN 0 ELSE more END
    WHERE license_id = one.license_id AND period = one.period AND provider = one.provider;
    UPDATE named_key_month SET used = used + more,
      highest_limit = CASE WHEN highest_limit IS NOT NULL AND own_limit IS NOT NULL
        THEN greatest(highest_limit, own_limit) END
    WHERE named_key_id = one.named_key_id AND period = one.period AND provider = one.provider;
    UPDATE wallet_use SET used = used + more
    WHERE license_id = one.license_id AND period = one.period AND provider = one.sent_to;
    UPDATE hold SET units = units + more, held_units = one.held WHERE id = one.id;
    ended[one.place].units := one.units + more;
  END LOOP;
  RETURN ended;
END $$;

-- Asks the ledger for nothing, writes a row and removes it. Answers whether there is an administrator.
CREATE OR REPLACE FUNCTION sahm_probe(probe_id uuid, filler bytea, zone text) RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
  PERFORM sahm_hold_own('[]', zone, 1000);
  INSERT INTO probe (id, filler) VALUES (probe_id, filler);
  DELETE FROM probe WHERE id = probe_id;
  RETURN EXISTS (SELECT FROM administrator);
END $$;

-- Types -----------------------------------------------------------------------------------------------

-- A hold as it was ended.
CREATE TYPE sahm_ended AS (id uuid, license_id uuid, period text, provider text, grant_id uuid, units bigint, state text, named_key_id uuid, held bigint, sent_to text);

-- Triggers --------------------------------------------------------------------------------------------

CREATE TRIGGER audit_entry_append_only BEFORE DELETE OR UPDATE ON audit_entry FOR EACH ROW EXECUTE FUNCTION sahm_keep_audit();
CREATE TRIGGER license_grant_noted AFTER UPDATE OF entitled, state ON license_grant FOR EACH ROW WHEN (old.entitled IS DISTINCT FROM new.entitled OR old.state IS DISTINCT FROM new.state) EXECUTE FUNCTION sahm_note_balance_change();
CREATE TRIGGER license_limit_to_columns AFTER INSERT OR DELETE OR UPDATE ON license_limit FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION sahm_columns_from_limits();
-- Only a backup brings a license with limits in its columns. One of an earlier release has nothing else; a
-- later one has the rows too, and they come after the licenses. So it waits until all is there.
CREATE CONSTRAINT TRIGGER license_limits_from_backup AFTER INSERT ON license DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (new.openrouter_limit IS NOT NULL OR new.openai_limit IS NOT NULL) EXECUTE FUNCTION sahm_limits_from_columns();
-- At once: the same transaction asks then what the license is entitled to. What the other trigger wrote is
-- in step already.
CREATE TRIGGER license_limits_from_columns AFTER UPDATE OF openrouter_limit, openai_limit ON license FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION sahm_limits_from_columns();
CREATE TRIGGER license_plan_noted AFTER UPDATE OF plan ON license FOR EACH ROW WHEN (old.plan IS DISTINCT FROM new.plan) EXECUTE FUNCTION sahm_note_balance_change();
CREATE TRIGGER named_key_limit_counts_held AFTER INSERT ON named_key_limit FOR EACH ROW EXECUTE FUNCTION sahm_count_held_by_key();
CREATE TRIGGER purchase_fact_unbooked AFTER INSERT ON purchase_fact FOR EACH ROW EXECUTE FUNCTION sahm_order_is_unbooked();
CREATE TRIGGER quota_period_limit_noted AFTER UPDATE OF plan_limit ON quota_period FOR EACH ROW WHEN (old.plan_limit IS DISTINCT FROM new.plan_limit) EXECUTE FUNCTION sahm_note_balance_change();

-- Checks ----------------------------------------------------------------------------------------------

ALTER TABLE account ADD CONSTRAINT account_email_is_lower_case
  CHECK (email = lower(email));
ALTER TABLE account ADD CONSTRAINT account_language
  CHECK (language = ANY (ARRAY['fa'::text, 'en'::text, 'zh-TW'::text]));
ALTER TABLE admin_token ADD CONSTRAINT admin_token_ends
  CHECK (expires_at > created_at);
ALTER TABLE admin_token ADD CONSTRAINT admin_token_role
  CHECK (role = ANY (ARRAY['viewer'::text, 'operator'::text, 'owner'::text]));
ALTER TABLE administrator ADD CONSTRAINT administrator_email_is_lower_case
  CHECK (email = lower(email));
ALTER TABLE administrator ADD CONSTRAINT administrator_role
  CHECK (role = ANY (ARRAY['viewer'::text, 'operator'::text, 'owner'::text]));
ALTER TABLE balance_change ADD CONSTRAINT balance_change_kind
  CHECK (kind = ANY (ARRAY['plan'::text, 'limit'::text, 'grant'::text]));
ALTER TABLE buyer_session ADD CONSTRAINT buyer_session_kind
  CHECK (kind = ANY (ARRAY['link'::text, 'session'::text]));
ALTER TABLE hold ADD CONSTRAINT hold_ends_once
  CHECK ((state = 'pending'::text) = (ended_at IS NULL));
ALTER TABLE hold ADD CONSTRAINT hold_held_units
  CHECK (held_units IS NULL OR state = 'posted'::text AND held_units > 0 AND units >= 0);
ALTER TABLE hold ADD CONSTRAINT hold_provider
  CHECK (provider = ANY ('{openrouter,openai}'::text[]));
ALTER TABLE hold ADD CONSTRAINT hold_state
  CHECK (state = ANY ('{pending,posted,voided,expired}'::text[]));
ALTER TABLE hold ADD CONSTRAINT hold_unit
  CHECK (unit = ANY (ARRAY['microusd'::text]));
ALTER TABLE hold ADD CONSTRAINT hold_units
  CHECK (units > 0 OR held_units IS NOT NULL OR turn_of IS NOT NULL AND units = 0);
ALTER TABLE license ADD CONSTRAINT license_concurrency
  CHECK (concurrency > 0);
ALTER TABLE license ADD CONSTRAINT license_given
  CHECK (given_plan IS NOT NULL OR given_until IS NULL);
ALTER TABLE license ADD CONSTRAINT license_lent
  CHECK ((lent_until IS NULL) = (plan_after IS NULL) AND (lent_until IS NOT NULL OR expires_after IS NULL));
ALTER TABLE license ADD CONSTRAINT license_limits
  CHECK (openrouter_limit >= 0 AND openai_limit >= 0);
ALTER TABLE license ADD CONSTRAINT license_rate_limit
  CHECK (rate_limit > 0);
ALTER TABLE license ADD CONSTRAINT license_state
  CHECK (state = ANY (ARRAY['active'::text, 'suspended'::text, 'revoked'::text, 'expired'::text]));
ALTER TABLE license_grant ADD CONSTRAINT license_grant_lasts
  CHECK ((lasts = ANY (ARRAY['until-used'::text, 'month'::text, 'subscription'::text])) AND (lasts = 'month'::text) = (period IS NOT NULL));
ALTER TABLE license_grant ADD CONSTRAINT license_grant_never_overdrawn
  CHECK (units > 0 AND entitled >= 0 AND entitled <= units AND used >= 0 AND held >= 0 AND (used + held) <= units AND archived >= 0 AND archived <= used);
ALTER TABLE license_grant ADD CONSTRAINT license_grant_provider
  CHECK (provider = ANY (ARRAY['openrouter'::text, 'openai'::text, 'all'::text]));
ALTER TABLE license_grant ADD CONSTRAINT license_grant_state
  CHECK (state = ANY (ARRAY['active'::text, 'waiting'::text, 'revoked'::text, 'expired'::text]));
ALTER TABLE license_key ADD CONSTRAINT license_key_of_one
  CHECK (num_nonnulls(license_id, named_key_id) = 1);
ALTER TABLE license_limit ADD CONSTRAINT license_limit_provider
  CHECK (provider = ANY (ARRAY['openrouter'::text, 'openai'::text, 'all'::text]));
ALTER TABLE license_limit ADD CONSTRAINT license_limit_units
  CHECK (units >= 0);
ALTER TABLE license_notice ADD CONSTRAINT license_notice_kind
  CHECK (kind = ANY (ARRAY['allowance_80'::text, 'allowance_100'::text, 'license_expiring'::text, 'license_suspended'::text, 'grant_waiting'::text, 'payment_failed'::text, 'model_retiring'::text, 'purchase_failed'::text, 'mail_failed'::text, 'shop_trouble'::text]));
ALTER TABLE named_key ADD CONSTRAINT named_key_rate_limit
  CHECK (rate_limit > 0);
ALTER TABLE named_key_limit ADD CONSTRAINT named_key_limit_provider
  CHECK (provider = ANY (ARRAY['openrouter'::text, 'openai'::text, 'all'::text]));
ALTER TABLE named_key_limit ADD CONSTRAINT named_key_limit_units
  CHECK (units >= 0);
ALTER TABLE named_key_month ADD CONSTRAINT named_key_month_counts
  CHECK (LEAST(held, archived, used - archived) >= 0);
ALTER TABLE named_key_month ADD CONSTRAINT named_key_month_never_overdrawn
  CHECK ((used + held) <= highest_limit);
ALTER TABLE named_key_month ADD CONSTRAINT named_key_month_provider
  CHECK (provider = ANY (ARRAY['openrouter'::text, 'openai'::text, 'all'::text]));
ALTER TABLE notice ADD CONSTRAINT notice_kind
  CHECK (kind = ANY (ARRAY['license_ready'::text, 'sign_in'::text, 'purchase_confirmed'::text, 'key_note'::text]));
ALTER TABLE notice_delivery ADD CONSTRAINT notice_delivery_ends
  CHECK ((state = 'pending'::text) = (ended_at IS NULL));
ALTER TABLE notice_delivery ADD CONSTRAINT notice_delivery_state
  CHECK (state = ANY (ARRAY['pending'::text, 'delivered'::text, 'failed'::text]));
ALTER TABLE purchase_event ADD CONSTRAINT purchase_event_outcome
  CHECK (outcome = ANY (ARRAY['applied'::text, 'duplicate'::text, 'waiting'::text, 'ignored'::text, 'failed'::text]));
ALTER TABLE purchase_fact ADD CONSTRAINT purchase_fact_currency
  CHECK (currency ~ '^[A-Z]{3}$'::text);
ALTER TABLE purchase_fact ADD CONSTRAINT purchase_fact_kind
  CHECK (kind = ANY (ARRAY['bought'::text, 'renewed'::text, 'stated'::text, 'credited'::text, 'changed'::text, 'cancelled'::text, 'restored'::text, 'refunded'::text, 'disputed'::text, 'dispute_won'::text, 'dispute_lost'::text]));
ALTER TABLE purchase_fact ADD CONSTRAINT purchase_fact_shop
  CHECK (shop = ANY (ARRAY['stripe'::text, 'woocommerce'::text, 'signed'::text, 'codes'::text]));
ALTER TABLE purchase_movement ADD CONSTRAINT purchase_movement_amount
  CHECK (amount >= 0 AND (amount IS NULL) = (currency IS NULL));
ALTER TABLE purchase_movement ADD CONSTRAINT purchase_movement_currency
  CHECK (currency ~ '^[A-Z]{3}$'::text);
ALTER TABLE purchase_movement ADD CONSTRAINT purchase_movement_kind
  CHECK (kind = ANY (ARRAY['paid'::text, 'refunded'::text, 'disputed'::text]));
ALTER TABLE purchase_order ADD CONSTRAINT purchase_order_license_has_account
  CHECK (license_id IS NULL OR account_id IS NOT NULL);
ALTER TABLE quota_month ADD CONSTRAINT quota_month_calendar
  CHECK (calendar = ANY (ARRAY['gregorian'::text, 'persian'::text]));
ALTER TABLE quota_month ADD CONSTRAINT quota_month_ends
  CHECK (ends_at > starts_at);
ALTER TABLE quota_month ADD CONSTRAINT quota_month_label
  CHECK (label ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'::text);
ALTER TABLE quota_period ADD CONSTRAINT quota_period_counts
  CHECK (LEAST(plan_limit, addon_limit, held, archived, used - archived, grants_archived, grants_used - grants_archived) >= 0);
ALTER TABLE quota_period ADD CONSTRAINT quota_period_never_overdrawn
  CHECK (GREATEST(used + held, plan_limit + addon_limit) <= highest_limit);
ALTER TABLE quota_period ADD CONSTRAINT quota_period_period
  CHECK (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'::text);
ALTER TABLE quota_period ADD CONSTRAINT quota_period_provider
  CHECK (provider = ANY (ARRAY['openrouter'::text, 'openai'::text, 'all'::text]));
ALTER TABLE redemption_code ADD CONSTRAINT redemption_code_ended
  CHECK (used_at IS NULL OR withdrawn_at IS NULL);
ALTER TABLE redemption_code ADD CONSTRAINT redemption_code_used
  CHECK ((used_at IS NULL) = (license_id IS NULL));
ALTER TABLE refusal_count ADD CONSTRAINT refusal_count_count
  CHECK (count > 0);
ALTER TABLE video_job ADD CONSTRAINT video_job_ends_once
  CHECK ((state <> 'completed'::text AND state <> 'failed'::text) = (ended_at IS NULL));
ALTER TABLE video_job ADD CONSTRAINT video_job_file
  CHECK (state <> 'completed'::text OR file IS NOT NULL);
ALTER TABLE video_job ADD CONSTRAINT video_job_state
  CHECK (state = ANY (ARRAY['queued'::text, 'in_progress'::text, 'completed'::text, 'failed'::text]));
ALTER TABLE wallet_use ADD CONSTRAINT wallet_use_counts
  CHECK (LEAST(archived, used - archived) >= 0);
ALTER TABLE wallet_use ADD CONSTRAINT wallet_use_provider
  CHECK (provider = ANY (ARRAY['openrouter'::text, 'openai'::text]));

-- Indexes over some rows, or over expressions ---------------------------------------------------------

-- The sweeper looks only at pending holds, whatever the age of the table. The predicate is not the
-- state itself, because settling asks for pending holds by id and must never be tempted by this index.
CREATE INDEX hold_pending_lease ON hold USING btree (lease_ends_at) WHERE ended_at IS NULL;
-- What is over is found by its end.
CREATE INDEX license_changes ON license USING btree (changes_at) WHERE changes_at IS NOT NULL;
-- Licenses that end are found by their end.
CREATE INDEX license_ends ON license USING btree (expires_at) WHERE state = 'active'::text AND expires_at IS NOT NULL;
CREATE INDEX license_paid_changes ON license USING btree (paid_changes_at) WHERE paid_changes_at IS NOT NULL;
CREATE INDEX license_key_named ON license_key USING btree (named_key_id) WHERE named_key_id IS NOT NULL;
-- What a license can be found by, whatever the collation of the database.
-- (Every key has a prefix; Prisma leaves an index alone that says so.)
CREATE INDEX license_key_prefix ON license_key USING btree (prefix COLLATE "C") WHERE prefix IS NOT NULL;
-- What concerns no license is told once too.
CREATE UNIQUE INDEX license_notice_of_none ON license_notice USING btree (kind, subject) WHERE license_id IS NULL;
-- The name of one that is withdrawn may be given again.
CREATE UNIQUE INDEX named_key_name ON named_key USING btree (license_id, name) WHERE withdrawn_at IS NULL;
CREATE INDEX notice_unsent ON notice USING btree (send_at) WHERE sent_at IS NULL;
-- Who delivers looks only at what is still to be delivered, whatever the age of the table.
CREATE INDEX notice_delivery_due ON notice_delivery USING btree (due_at) WHERE state = 'pending'::text;
-- One mail a notice.
CREATE UNIQUE INDEX notice_delivery_mail ON notice_delivery USING btree (notice_id) WHERE endpoint_id IS NULL;
-- What the metrics count of the inbox.
CREATE INDEX purchase_event_failed ON purchase_event USING btree (settled_at) WHERE outcome = 'failed'::text;
CREATE INDEX purchase_event_unknown ON purchase_event USING gin (unknown_products) WHERE unknown_products <> '{}'::text[];
CREATE INDEX purchase_event_waiting ON purchase_event USING btree (retry_at) WHERE outcome = 'waiting'::text;
-- What was sold in some days is found by the day, and only facts that tell of money are looked at.
CREATE INDEX purchase_fact_money ON purchase_fact USING btree (occurred_at) WHERE currency IS NOT NULL;
CREATE INDEX purchase_order_unbooked ON purchase_order USING btree (created_at) WHERE NOT is_booked;
CREATE INDEX video_job_due ON video_job USING btree (next_poll_at) WHERE ended_at IS NULL;

-- How tables are stored -------------------------------------------------------------------------------

ALTER TABLE hold SET (fillfactor=90, autovacuum_vacuum_scale_factor=0.02, autovacuum_analyze_scale_factor=0.02);
ALTER TABLE idempotency_claim ALTER COLUMN reply SET STORAGE EXTERNAL;
ALTER TABLE kept_response ALTER COLUMN input SET STORAGE EXTERNAL;
ALTER TABLE kept_response ALTER COLUMN response SET STORAGE EXTERNAL;
ALTER TABLE license_grant SET (fillfactor=70, autovacuum_vacuum_scale_factor=0.05);
ALTER TABLE named_key_month SET (fillfactor=50, autovacuum_vacuum_scale_factor=0.02);
ALTER TABLE quota_period SET (fillfactor=50, autovacuum_vacuum_scale_factor=0.02);
ALTER TABLE wallet_use SET (fillfactor=50, autovacuum_vacuum_scale_factor=0.02);
