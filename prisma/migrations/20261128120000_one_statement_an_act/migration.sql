-- Every act of a request is one statement: whoever dies or stands still in the middle of one leaves no
-- transaction that waits for him, and so no lock. Replicas of both kinds may run side by side.

-- What licenses are entitled to in a period, by provider: the license's own limit or its plan's allowance,
-- and what grants add to the period itself. allowances: [{plan, provider, units}], of the catalogue.
CREATE FUNCTION sahm_entitled(license_ids uuid[], this_period text, allowances json)
RETURNS TABLE (license_id uuid, plan text, provider text, plan_limit bigint, addon_limit bigint)
LANGUAGE sql STABLE
AS $$
  SELECT license.id, license.plan, own.provider,
    coalesce(own.units, allowance.units, 0),
    (SELECT coalesce(sum(pack.entitled), 0)::bigint FROM license_grant pack
      WHERE pack.license_id = license.id AND pack.provider = own.provider AND pack.state = 'active'
        AND (pack.lasts = 'subscription' OR pack.lasts = 'month' AND pack.period = this_period))
  FROM license
  CROSS JOIN LATERAL (VALUES ('openrouter', license.openrouter_limit),
    ('openai', license.openai_limit)) own(provider, units)
  LEFT JOIN json_to_recordset(allowances) AS allowance(plan text, provider text, units bigint)
    ON allowance.plan = license.plan AND allowance.provider = own.provider
  WHERE license.id = ANY (license_ids)
$$;

-- Opens the rows of a period where they are missing. The licenses are locked first, in a statement before,
-- so that a change of a plan or a grant that is under way is either seen or will find the rows.
CREATE FUNCTION sahm_open_periods(license_ids uuid[], this_period text, allowances json) RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
  PERFORM FROM license WHERE id = ANY (license_ids) ORDER BY id FOR SHARE;
  INSERT INTO quota_period (license_id, period, provider, plan_limit, addon_limit, highest_limit)
  SELECT entitled.license_id, this_period, entitled.provider, entitled.plan_limit,
    entitled.addon_limit, entitled.plan_limit + entitled.addon_limit
  FROM sahm_entitled(license_ids, this_period, allowances) entitled
  ORDER BY entitled.license_id, entitled.provider
  ON CONFLICT DO NOTHING;
END $$;

-- Posts and voids pending holds; what had ended already stays as it is.
-- wants: [{hold_id, outcome, reason, prompt_tokens, completion_tokens, cost_microusd, answered_by?}];
-- answered_by: the model that answered, where it is another than was asked for.
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

-- The same for one hold with an Idempotency-Key, whose reply is kept with it. Where the claim was pruned or
-- taken by a later request, there is nothing to keep it for. wants: one.
CREATE FUNCTION sahm_settle_kept(wants json, zone text, digest bytea, sealed bytea) RETURNS json
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

-- Expires at most so many pending holds whose lease is over, license by license: one whose counters somebody
-- has locked is left out, and so is one whose counters contradict its holds. Answers how many. For when
-- sahm_expire could not.
CREATE FUNCTION sahm_expire_apart(most int) RETURNS int
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
          RETURNING id, license_id, period, provider, grant_id, units, state
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
