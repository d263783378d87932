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
