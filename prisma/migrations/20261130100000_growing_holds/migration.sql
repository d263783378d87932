-- Holds of wallets may grow while their call runs: what one has then is its units, as if it had been held at once.

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

-- Lets pending holds of wallets grow, one after another, each in the bucket that it is drawn from: until so many units
-- are held, or as far as that bucket and the named key's own limit have them free. Their leases stay as they are.
-- wants: [{hold_id, units}]. Answers [{id, units}]: how many are held then; without those that have ended.
CREATE FUNCTION sahm_extend(wants json) RETURNS json
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
