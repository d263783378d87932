-- Named keys without a limit are held as the master key is, and counted when their holds end. From when a key of the
-- license has a limit, what is pending is counted by key as before: so it is in all months that are open now, whose rows
-- get the default. The default stays for replicas of an older release.

ALTER TABLE "named_key_month" ADD COLUMN "counts_held" BOOLEAN NOT NULL DEFAULT true;
ALTER TABLE "quota_period" ADD COLUMN "has_limited_keys" BOOLEAN NOT NULL DEFAULT true;

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

-- When a named key gets a limit, what is pending is counted by key from then on, for all keys of its license: in the
-- months that are not over. Whoever holds waits, or has held before and is counted here.
CREATE FUNCTION sahm_count_held_by_key() RETURNS trigger LANGUAGE plpgsql
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

CREATE TRIGGER named_key_limit_counts_held AFTER INSERT ON named_key_limit
FOR EACH ROW EXECUTE FUNCTION sahm_count_held_by_key();
