-- Plans that sell money: one wallet over all providers. Its quota is a row like any other, of the provider `all`, and
-- its units are micro-dollars. A hold of it says so by its unit, and keeps the provider that it is sent to. What of a
-- wallet went to each provider is counted in wallet_use. No release before this one makes any of it.

ALTER TABLE "hold" ADD COLUMN "unit" TEXT;
ALTER TABLE "hold" ADD CONSTRAINT "hold_unit" CHECK (unit = ANY (ARRAY['microusd'])) NOT VALID;
ALTER TABLE "hold" VALIDATE CONSTRAINT "hold_unit";

ALTER TABLE "quota_period" DROP CONSTRAINT "quota_period_provider";
ALTER TABLE "quota_period" ADD CONSTRAINT "quota_period_provider" CHECK (provider IN ('openrouter', 'openai', 'all')) NOT VALID;
ALTER TABLE "quota_period" VALIDATE CONSTRAINT "quota_period_provider";
ALTER TABLE "license_grant" DROP CONSTRAINT "license_grant_provider";
ALTER TABLE "license_grant" ADD CONSTRAINT "license_grant_provider" CHECK (provider IN ('openrouter', 'openai', 'all')) NOT VALID;
ALTER TABLE "license_grant" VALIDATE CONSTRAINT "license_grant_provider";
ALTER TABLE "license_limit" DROP CONSTRAINT "license_limit_provider";
ALTER TABLE "license_limit" ADD CONSTRAINT "license_limit_provider" CHECK (provider IN ('openrouter', 'openai', 'all')) NOT VALID;
ALTER TABLE "license_limit" VALIDATE CONSTRAINT "license_limit_provider";
ALTER TABLE "named_key_limit" DROP CONSTRAINT "named_key_limit_provider";
ALTER TABLE "named_key_limit" ADD CONSTRAINT "named_key_limit_provider" CHECK (provider IN ('openrouter', 'openai', 'all')) NOT VALID;
ALTER TABLE "named_key_limit" VALIDATE CONSTRAINT "named_key_limit_provider";
ALTER TABLE "named_key_month" DROP CONSTRAINT "named_key_month_provider";
ALTER TABLE "named_key_month" ADD CONSTRAINT "named_key_month_provider" CHECK (provider IN ('openrouter', 'openai', 'all')) NOT VALID;
ALTER TABLE "named_key_month" VALIDATE CONSTRAINT "named_key_month_provider";

CREATE TABLE "wallet_use" (
    "license_id" UUID NOT NULL,
    "period" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "used" BIGINT NOT NULL,
    "archived" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "wallet_use_pkey" PRIMARY KEY ("license_id","period","provider")
);
ALTER TABLE "wallet_use" ADD CONSTRAINT "wallet_use_license_id_fkey"
  FOREIGN KEY ("license_id") REFERENCES "license"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "wallet_use"
  ADD CONSTRAINT "wallet_use_provider" CHECK (provider IN ('openrouter', 'openai')),
  ADD CONSTRAINT "wallet_use_counts" CHECK (least(archived, used - archived) >= 0);
ALTER TABLE "wallet_use" SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

-- Where it was sent, of a wallet; `provider` is then `all`.
ALTER TYPE sahm_ended ADD ATTRIBUTE sent_to text;

-- Posts and voids pending holds; what had ended already stays as it is.
-- wants: [{hold_id, outcome, reason, prompt_tokens, completion_tokens, cost_microusd, answered_by?, units?}];
-- answered_by: the model that answered, where it is another than was asked for; units: how many to post, where
-- fewer than were held: the others are free at once. Of a wallet also more: as many as its bucket has free.
-- Answers {ended: [{id, license_id, period, provider, grant_id, units, state, named_key_id, held, sent_to}], counters,
-- grants: [{id, entitled, used}], keys: [{named_key_id, period, provider, used, own_limit}]}, the grants and the
-- named keys' months of what was ended; a grant that is not active entitles to nothing.
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
    array_agg(DISTINCT grant_id) FILTER (WHERE grant_id IS NOT NULL),
    array_agg(DISTINCT named_key_id) FILTER (WHERE named_key_id IS NOT NULL),
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
BEGIN
  SELECT array_agg(license_id), array_agg(DISTINCT period),
    array_agg(DISTINCT grant_id) FILTER (WHERE grant_id IS NOT NULL),
    array_agg(DISTINCT named_key_id) FILTER (WHERE named_key_id IS NOT NULL)
  INTO license_ids, periods, grant_ids, named_key_ids
  FROM unnest(ended);
  IF named_key_ids IS NOT NULL THEN
    PERFORM FROM named_key_month WHERE named_key_id = ANY (named_key_ids) AND period = ANY (periods)
      ORDER BY named_key_id, period, provider FOR NO KEY UPDATE;
    UPDATE named_key_month month SET held = month.held - change.held, used = month.used + change.used
    FROM (
      SELECT named_key_id, period, provider, sum(ended.held)::bigint AS held,
        coalesce(sum(units) FILTER (WHERE state = 'posted'), 0)::bigint AS used
      FROM unnest(ended) ended WHERE named_key_id IS NOT NULL
      GROUP BY named_key_id, period, provider) change
    WHERE month.named_key_id = ANY (named_key_ids) AND month.period = ANY (periods)
      AND month.named_key_id = change.named_key_id AND month.period = change.period
      AND month.provider = change.provider;
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
  IF EXISTS (SELECT FROM unnest(ended) WHERE sent_to IS NOT NULL AND state = 'posted') THEN
    INSERT INTO wallet_use AS known (license_id, period, provider, used)
    SELECT license_id, period, sent_to, sum(units)::bigint FROM unnest(ended)
    WHERE sent_to IS NOT NULL AND state = 'posted'
    GROUP BY license_id, period, sent_to ORDER BY license_id, period, sent_to
    ON CONFLICT (license_id, period, provider) DO UPDATE SET used = known.used + excluded.used;
  END IF;
  RETURN sahm_counters_in(license_ids, periods, zone);
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

-- The counters of licenses in these periods, all providers: what a reply shows. Of a wallet (provider `all`) also
-- used_by: what of it went to each provider. Runs under its caller's
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
    'grants_unspent', pack.unspent, 'used_by', CASE own.provider WHEN 'all' THEN (
      SELECT json_object_agg(used_of.provider, used_of.used) FROM wallet_use used_of
      WHERE used_of.license_id = own.license_id AND used_of.period = own.period) END)), '[]')
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

-- What wallets' calls cost beyond what was held, as far as the bucket that they were drawn from (and the named key's
-- own limit) has it free. Its rows are locked by sahm_count_ended. Answers ended with what was posted.
CREATE FUNCTION sahm_post_more(ended sahm_ended[], wants json) RETURNS sahm_ended[]
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off
AS $$
DECLARE
  one record;
  more bigint;
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
    IF one.named_key_id IS NOT NULL THEN
      SELECT least(more, greatest(0, least(highest_limit, (SELECT own.units FROM named_key_limit own
          WHERE own.named_key_id = month.named_key_id AND own.provider = month.provider))
        - used - held))
      INTO more FROM named_key_month month
      WHERE named_key_id = one.named_key_id AND period = one.period AND provider = one.provider;
    END IF;
    IF one.grant_id IS NULL THEN
      SELECT least(more, greatest(0, plan_limit + addon_limit - used - held)) INTO more
      FROM quota_period WHERE license_id = one.license_id AND period = one.period
        AND provider = one.provider;
    ELSE
      SELECT CASE state WHEN 'active' THEN least(more, greatest(0, entitled - used - held)) ELSE 0 END
      INTO more FROM license_grant WHERE id = one.grant_id;
      UPDATE license_grant SET used = used + more WHERE id = one.grant_id;
    END IF;
    CONTINUE WHEN more = 0;
    UPDATE quota_period SET
      used = used + CASE WHEN one.grant_id IS NULL THEN more ELSE 0 END,
      grants_used = grants_used + CASE WHEN one.grant_id IS NULL THEN 0 ELSE more END
    WHERE license_id = one.license_id AND period = one.period AND provider = one.provider;
    UPDATE named_key_month SET used = used + more
    WHERE named_key_id = one.named_key_id AND period = one.period AND provider = one.provider;
    UPDATE wallet_use SET used = used + more
    WHERE license_id = one.license_id AND period = one.period AND provider = one.sent_to;
    UPDATE hold SET units = units + more, held_units = one.held WHERE id = one.id;
    ended[one.place].units := one.units + more;
  END LOOP;
  RETURN ended;
END $$;

-- Holds wants of wallets, one after another, each whole from the first bucket that has room: the month's own, then
-- grants, oldest first. Where none has room for all, from the one that has the most, if that is not less than `least`.
-- wants: [{id, license_id, key_id, version, provider, size, least, model, dialect?, user_digest?}], by license;
-- provider: where it is sent. Answers {period, answers: [{id, verdict: held|full|stale|unopened, units, reserved,
-- room}], counters}: of one that is held, how many units; of one that is full, whether pending holds are all that
-- stands in the way; with a named key its room, as sahm_hold_named tells it (fits: whether its own limit lets it
-- through).
CREATE FUNCTION sahm_hold_wallets(wants json, zone text, lease_ms bigint) RETURNS json
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
  known record;
  bucket record;
  room bigint;
  could bigint;
  key_room bigint;
  key_could bigint;
  key_told json;
  granted bigint;
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
    version int, provider text, size bigint, least bigint, model text, dialect text, user_digest text)
  LOOP
    key_told := NULL;
    SELECT license_key.named_key_id INTO known FROM license, license_key
    WHERE license.id = want.license_id AND license.version = want.version AND license.state = 'active'
      AND (license.expires_at IS NULL OR license.expires_at > instant)
      AND (license.changes_at IS NULL OR license.changes_at > instant)
      AND license_key.id = want.key_id
      AND (license_key.valid_until IS NULL OR license_key.valid_until > instant)
      AND want.license_id = coalesce(license_key.license_id, (SELECT named_key.license_id
        FROM named_key WHERE named_key.id = license_key.named_key_id));
    IF NOT FOUND THEN
      answers := answers || json_build_object('id', want.id, 'verdict', 'stale');
      CONTINUE;
    END IF;
    key_room := want.size;
    key_could := want.size;
    IF known.named_key_id IS NOT NULL THEN
      SELECT coalesce(own_limit - used - held, want.size), coalesce(own_limit - used, want.size),
        json_build_object('named_key_id', named_key_id, 'period', period, 'provider', provider,
          'used', used, 'own_limit', own_limit,
          'fits', (coalesce(own_limit - used - held, want.least) >= want.least)::int)
      INTO key_room, key_could, key_told
      FROM (SELECT month.*, (SELECT own.units FROM named_key_limit own
          WHERE own.named_key_id = month.named_key_id AND own.provider = month.provider) AS own_limit
        FROM named_key_month month
        WHERE named_key_id = known.named_key_id AND period = this_period AND provider = 'all') own;
    END IF;
    SELECT NULL::uuid AS grant_id, plan_limit + addon_limit - used - held AS room,
      plan_limit + addon_limit - used AS could
    INTO bucket FROM quota_period
    WHERE license_id = want.license_id AND period = this_period AND provider = 'all';
    IF NOT FOUND THEN
      answers := answers || json_build_object('id', want.id, 'verdict', 'unopened');
      CONTINUE;
    END IF;
    could := bucket.could;
    IF bucket.room < want.size THEN
      room := bucket.room;
      SELECT pack.*, max(pack.could) OVER () AS most INTO bucket
      FROM (SELECT NULL::uuid AS grant_id, bucket.room AS room, could AS could, 0 AS turn
        UNION ALL
        SELECT id, entitled - used - held, entitled - used,
          row_number() OVER (ORDER BY created_at, id)
        FROM license_grant WHERE license_id = want.license_id AND lasts = 'until-used'
          AND state = 'active' AND provider = 'all' AND entitled > used) pack
      ORDER BY pack.room >= want.size DESC, CASE WHEN pack.room >= want.size THEN pack.turn END,
        pack.room DESC, pack.turn
      LIMIT 1;
      could := bucket.most;
    END IF;
    granted := least(want.size, bucket.room, key_room);
    IF granted < want.least THEN
      answers := answers || json_build_object('id', want.id, 'verdict', 'full',
        'reserved', least(could, key_could) >= want.least, 'room', key_told);
      CONTINUE;
    END IF;
    INSERT INTO hold (id, license_id, provider, period, grant_id, named_key_id, user_digest, units, unit,
      state, model, created_at, lease_ends_at, dialect)
    VALUES (want.id, want.license_id, want.provider, this_period, bucket.grant_id, known.named_key_id,
      want.user_digest, granted, 'microusd', 'pending', want.model, instant,
      instant + lease_ms * interval '1 millisecond', want.dialect);
    IF bucket.grant_id IS NULL THEN
      UPDATE quota_period SET held = held + granted
      WHERE license_id = want.license_id AND period = this_period AND provider = 'all';
    ELSE
      UPDATE license_grant SET held = held + granted WHERE id = bucket.grant_id;
    END IF;
    IF known.named_key_id IS NOT NULL THEN
      UPDATE named_key_month month SET held = month.held + granted, last_used_at = instant,
        highest_limit = CASE WHEN month.highest_limit IS NOT NULL
          AND (key_told->>'own_limit') IS NOT NULL
          THEN greatest(month.highest_limit, (key_told->>'own_limit')::bigint) END
      WHERE named_key_id = known.named_key_id AND period = this_period AND provider = 'all';
    END IF;
    answers := answers || json_build_object('id', want.id, 'verdict', 'held', 'units', granted,
      'room', key_told);
  END LOOP;
  RETURN json_build_object('period', this_period, 'answers', array_to_json(answers),
    'counters', sahm_counters_in(license_ids, ARRAY[this_period], zone));
END $$;

-- One want of a wallet, told as sahm_hold_once tells it.
CREATE FUNCTION sahm_hold_once_wallet(quotas json, zone text, lease_ms bigint) RETURNS json
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  answer json := sahm_hold_wallets(json_build_array((quotas->0)::jsonb || (quotas->0->'holds'->0)::jsonb),
    zone, lease_ms);
  one json := answer->'answers'->0;
BEGIN
  RETURN json_build_object('verdict', one->'verdict', 'period', answer->'period', 'units', one->'units',
    'reserved', one->'reserved', 'room', one->'room', 'counters', answer->'counters');
END $$;

-- One want with an Idempotency-Key: the key is claimed and the hold made in one transaction. A claim is
-- free again 24 hours after it was made, or when its hold was voided or expired. Several who come at
-- once with one key wait for the first. A claim is locked here before what is counted, and by a post
-- after it: never both of one claim, because it is taken over only when its hold cannot be posted.
-- quotas: one, with one hold, as in sahm_hold_own.
-- Answers {verdict, ...}: held {period}, stale, unopened {period}, full {reserved, counters}, or claimed
-- {same, state, hold_id, reply} of whoever has the key; the reply in base64. With a named key, held and full
-- have its room, as sahm_hold_named answers it. A want of a wallet is one as sahm_hold_wallets takes it, beside
-- what is read here; then held and full have what that answers of it.
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

