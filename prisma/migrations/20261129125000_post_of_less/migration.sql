-- A hold may be posted with fewer units than it holds; the others are free at once. `units` of a posted hold is what
-- was charged, so that all sums stay what they were; `held_units` keeps what had been held. A release that does not
-- know it posts all that is held, as before.

ALTER TABLE "hold" ADD COLUMN "held_units" BIGINT;
ALTER TABLE "hold" ADD CONSTRAINT "hold_held_units"
  CHECK (held_units IS NULL OR state = 'posted' AND held_units > 0 AND units >= 0) NOT VALID;
ALTER TABLE "hold" VALIDATE CONSTRAINT "hold_held_units";
-- Also none can be charged, where less than one unit was used.
ALTER TABLE "hold" DROP CONSTRAINT "hold_units";
ALTER TABLE "hold" ADD CONSTRAINT "hold_units" CHECK (units > 0 OR held_units IS NOT NULL) NOT VALID;
ALTER TABLE "hold" VALIDATE CONSTRAINT "hold_units";

-- What a hold held beside what of it counts.
ALTER TYPE sahm_ended ADD ATTRIBUTE held bigint;

-- Posts and voids pending holds; what had ended already stays as it is.
-- wants: [{hold_id, outcome, reason, prompt_tokens, completion_tokens, cost_microusd, answered_by?, units?}];
-- answered_by: the model that answered, where it is another than was asked for; units: how many to post, where
-- fewer than were held: the others are free at once.
-- Answers {ended: [{id, license_id, period, provider, grant_id, units, state, named_key_id, held}], counters,
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
    RETURNING hold.id, hold.license_id, hold.period, hold.provider, hold.grant_id, hold.units,
      hold.state, hold.named_key_id, coalesce(hold.held_units, hold.units) AS held
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
    RETURNING id, license_id, period, provider, grant_id, units, state, named_key_id, units AS held
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
          RETURNING id, license_id, period, provider, grant_id, units, state, named_key_id, units AS held
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

