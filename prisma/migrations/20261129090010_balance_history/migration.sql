-- What changed a balance beside requests is noted from now on, so that "why is my balance N?" has an answer
-- to the last unit. Triggers note it, so that changes by replicas of earlier releases are noted too. What
-- happened before is not made up: rows that exist have no opened_at and no given_at, which costs no rewrite.

-- CreateTable
CREATE TABLE "balance_change" (
    "id" BIGSERIAL NOT NULL,
    "license_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL DEFAULT sahm_now(),
    "kind" TEXT NOT NULL,
    "provider" TEXT,
    "period" TEXT,
    "grant_id" UUID,
    "before" JSONB NOT NULL,
    "after" JSONB NOT NULL,

    CONSTRAINT "balance_change_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "balance_change_license_id_id_idx" ON "balance_change"("license_id", "id");

-- AlterTable
ALTER TABLE "license_grant" ADD COLUMN "given_at" TIMESTAMPTZ(6);
ALTER TABLE "license_grant" ALTER COLUMN "given_at" SET DEFAULT sahm_now();

-- AlterTable
ALTER TABLE "quota_period" ADD COLUMN "opened_at" TIMESTAMPTZ(6);
ALTER TABLE "quota_period" ALTER COLUMN "opened_at" SET DEFAULT sahm_now();

-- What follows Prisma cannot say.

ALTER TABLE "balance_change"
  ADD CONSTRAINT "balance_change_kind" CHECK (kind IN ('plan', 'limit', 'grant'));

-- Notes what changes a balance beside requests. Whatever a request writes (used, held) notes nothing.
CREATE FUNCTION sahm_note_balance_change() RETURNS trigger LANGUAGE plpgsql
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

CREATE TRIGGER license_plan_noted AFTER UPDATE OF plan ON license
  FOR EACH ROW WHEN (OLD.plan IS DISTINCT FROM NEW.plan) EXECUTE FUNCTION sahm_note_balance_change();

CREATE TRIGGER quota_period_limit_noted AFTER UPDATE OF plan_limit ON quota_period
  FOR EACH ROW WHEN (OLD.plan_limit IS DISTINCT FROM NEW.plan_limit)
  EXECUTE FUNCTION sahm_note_balance_change();

CREATE TRIGGER license_grant_noted AFTER UPDATE OF entitled, state ON license_grant
  FOR EACH ROW WHEN ((OLD.entitled, OLD.state) IS DISTINCT FROM (NEW.entitled, NEW.state))
  EXECUTE FUNCTION sahm_note_balance_change();
