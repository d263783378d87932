-- A reply that a repeated request was given is not written again.
ALTER TABLE "idempotency_claim" ADD COLUMN "is_given" BOOLEAN NOT NULL DEFAULT false;

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
