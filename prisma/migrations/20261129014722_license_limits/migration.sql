-- A license's own limits become rows, so that another provider needs no column.
--
-- Replicas of earlier releases run beside this one during an upgrade, and may come back after it. They read and
-- write the columns of license, so the columns stay, and triggers keep both in step, whoever writes either.
-- What counts is decided from the rows alone, by sahm_entitled, which all replicas call. A provider that comes
-- later has rows alone: a release that reads the columns does not know it.

-- CreateTable
CREATE TABLE "license_limit" (
    "license_id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "units" BIGINT NOT NULL,

    CONSTRAINT "license_limit_pkey" PRIMARY KEY ("license_id","provider")
);

-- AddForeignKey: from here to the end nobody else writes a license, while chats go on reading them. So no
-- change of a column falls between the copy and the triggers.
ALTER TABLE "license_limit" ADD CONSTRAINT "license_limit_license_id_fkey" FOREIGN KEY ("license_id") REFERENCES "license"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What follows Prisma cannot say.

ALTER TABLE "license_limit"
  ADD CONSTRAINT "license_limit_provider" CHECK (provider IN ('openrouter', 'openai')),
  ADD CONSTRAINT "license_limit_units" CHECK (units >= 0);

INSERT INTO license_limit (license_id, provider, units)
SELECT license.id, own.provider, own.units
FROM license CROSS JOIN LATERAL (VALUES ('openrouter', license.openrouter_limit),
  ('openai', license.openai_limit)) own(provider, units)
WHERE own.units IS NOT NULL;

-- Makes a license's rows what its columns are.
CREATE FUNCTION sahm_limits_from_columns() RETURNS trigger LANGUAGE plpgsql
AS $$
BEGIN
  DELETE FROM license_limit WHERE license_id = NEW.id AND provider IN ('openrouter', 'openai');
  INSERT INTO license_limit (license_id, provider, units)
  SELECT license.id, own.provider, own.units
  FROM license CROSS JOIN LATERAL (VALUES ('openrouter', license.openrouter_limit),
    ('openai', license.openai_limit)) own(provider, units)
  WHERE license.id = NEW.id AND own.units IS NOT NULL;
  RETURN NULL;
END $$;

-- Makes a license's columns what its rows are.
CREATE FUNCTION sahm_columns_from_limits() RETURNS trigger LANGUAGE plpgsql
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

-- At once: the same transaction asks then what the license is entitled to. What the other trigger wrote is
-- in step already.
CREATE TRIGGER license_limits_from_columns AFTER UPDATE OF openrouter_limit, openai_limit ON license
  FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION sahm_limits_from_columns();

CREATE TRIGGER license_limit_to_columns AFTER INSERT OR UPDATE OR DELETE ON license_limit
  FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION sahm_columns_from_limits();

-- Only a backup brings a license with limits in its columns. One of an earlier release has nothing else; a
-- later one has the rows too, and they come after the licenses. So it waits until all is there.
CREATE CONSTRAINT TRIGGER license_limits_from_backup AFTER INSERT ON license DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.openrouter_limit IS NOT NULL OR NEW.openai_limit IS NOT NULL)
  EXECUTE FUNCTION sahm_limits_from_columns();

-- What licenses are entitled to in a period, by provider: the license's own limit or its plan's allowance,
-- and what grants add to the period itself. allowances: [{plan, provider, units}], of the catalogue; the
-- providers are those that it names for any plan.
CREATE OR REPLACE FUNCTION sahm_entitled(license_ids uuid[], this_period text, allowances json)
RETURNS TABLE (license_id uuid, plan text, provider text, plan_limit bigint, addon_limit bigint)
LANGUAGE sql STABLE
AS $$
  SELECT license.id, license.plan, each.provider,
    coalesce((SELECT own.units FROM license_limit own
        WHERE own.license_id = license.id AND own.provider = each.provider),
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
