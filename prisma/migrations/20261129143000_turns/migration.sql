-- A unit that pays for a call may also pay for the calls of the same turn that only bring what tools gave. These are
-- holds of no units, which name the hold that paid.

CREATE TABLE "turn" (
    "hold_id" UUID NOT NULL,
    "license_id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "conversation" TEXT NOT NULL,
    "calls" UUID[] DEFAULT ARRAY[]::UUID[],
    "begun_at" TIMESTAMPTZ(6) NOT NULL DEFAULT sahm_now(),

    CONSTRAINT "turn_pkey" PRIMARY KEY ("hold_id")
);

CREATE INDEX "turn_license_id_conversation_begun_at_idx" ON "turn"("license_id", "conversation", "begun_at");

CREATE INDEX "turn_begun_at_idx" ON "turn"("begun_at");

ALTER TABLE "hold" ADD COLUMN "turn_of" UUID;
ALTER TABLE "hold" DROP CONSTRAINT "hold_units";
ALTER TABLE "hold" ADD CONSTRAINT "hold_units"
  CHECK (units > 0 OR held_units IS NOT NULL OR turn_of IS NOT NULL AND units = 0) NOT VALID;
ALTER TABLE "hold" VALIDATE CONSTRAINT "hold_units";

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
