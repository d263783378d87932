-- The one clock of the service: all time that decides is read here. Tests replace the function to
-- shift time.
CREATE FUNCTION sahm_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT statement_timestamp() $$;

-- CreateTable
CREATE TABLE "account" (
    "id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT sahm_now(),

    CONSTRAINT "account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "license" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "plan" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(6),
    "version" INTEGER NOT NULL DEFAULT 1,
    "note" TEXT NOT NULL DEFAULT '',
    "openrouter_limit" BIGINT,
    "openai_limit" BIGINT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT sahm_now(),

    CONSTRAINT "license_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "license_key" (
    "id" UUID NOT NULL,
    "license_id" UUID NOT NULL,
    "digest" BYTEA NOT NULL,
    "sealed" BYTEA NOT NULL,
    "prefix" TEXT NOT NULL,
    "last4" TEXT NOT NULL,
    "valid_until" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT sahm_now(),

    CONSTRAINT "license_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "quota_period" (
    "license_id" UUID NOT NULL,
    "period" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "plan_limit" BIGINT NOT NULL,
    "addon_limit" BIGINT NOT NULL,
    "highest_limit" BIGINT NOT NULL,
    "used" BIGINT NOT NULL DEFAULT 0,
    "held" BIGINT NOT NULL DEFAULT 0,
    "grants_used" BIGINT NOT NULL DEFAULT 0,
    "archived" BIGINT NOT NULL DEFAULT 0,
    "grants_archived" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "quota_period_pkey" PRIMARY KEY ("license_id","period","provider")
);

-- CreateTable
CREATE TABLE "license_grant" (
    "id" UUID NOT NULL,
    "license_id" UUID NOT NULL,
    "product_id" TEXT,
    "provider" TEXT NOT NULL,
    "units" BIGINT NOT NULL,
    "entitled" BIGINT NOT NULL,
    "used" BIGINT NOT NULL DEFAULT 0,
    "held" BIGINT NOT NULL DEFAULT 0,
    "archived" BIGINT NOT NULL DEFAULT 0,
    "lasts" TEXT NOT NULL,
    "period" TEXT,
    "minimum_plan" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "reason" TEXT NOT NULL DEFAULT '',
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT sahm_now(),

    CONSTRAINT "license_grant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "hold" (
    "id" UUID NOT NULL,
    "license_id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "period" TEXT NOT NULL,
    "grant_id" UUID,
    "units" BIGINT NOT NULL,
    "state" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "reason" TEXT,
    "prompt_tokens" INTEGER,
    "completion_tokens" INTEGER,
    "cost_microusd" BIGINT,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "lease_ends_at" TIMESTAMPTZ(6) NOT NULL,
    "ended_at" TIMESTAMPTZ(6),

    CONSTRAINT "hold_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "period_statement" (
    "license_id" UUID NOT NULL,
    "period" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "plan_limit" BIGINT NOT NULL,
    "addon_limit" BIGINT NOT NULL,
    "used" BIGINT NOT NULL,
    "grants_used" BIGINT NOT NULL,
    "written_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "period_statement_pkey" PRIMARY KEY ("license_id","period","provider")
);

-- CreateTable
CREATE TABLE "administrator" (
    "id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "disabled_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT sahm_now(),

    CONSTRAINT "administrator_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "admin_session" (
    "id" UUID NOT NULL,
    "administrator_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT sahm_now(),
    "ends_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "admin_session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_entry" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL DEFAULT sahm_now(),
    "administrator_id" UUID,
    "actor" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "before" JSONB,
    "after" JSONB,

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "job_lease" (
    "name" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "lease_ends_at" TIMESTAMPTZ(6) NOT NULL,
    "started_at" TIMESTAMPTZ(6) NOT NULL,
    "finished_at" TIMESTAMPTZ(6),
    "outcome" TEXT,
    "result" JSONB,

    CONSTRAINT "job_lease_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE UNIQUE INDEX "account_email_key" ON "account"("email");

-- CreateIndex
CREATE INDEX "license_account_id_idx" ON "license"("account_id");

-- CreateIndex
CREATE INDEX "license_created_at_id_idx" ON "license"("created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "license_key_digest_key" ON "license_key"("digest");

-- CreateIndex
CREATE INDEX "license_key_license_id_idx" ON "license_key"("license_id");

-- CreateIndex
CREATE INDEX "license_key_last4_idx" ON "license_key"("last4");

-- CreateIndex
CREATE INDEX "quota_period_period_idx" ON "quota_period"("period");

-- CreateIndex
CREATE INDEX "license_grant_license_id_provider_created_at_id_idx" ON "license_grant"("license_id", "provider", "created_at", "id");

-- CreateIndex
CREATE INDEX "hold_license_id_id_idx" ON "hold"("license_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "administrator_email_key" ON "administrator"("email");

-- CreateIndex
CREATE INDEX "admin_session_administrator_id_idx" ON "admin_session"("administrator_id");

-- CreateIndex
CREATE INDEX "admin_session_ends_at_idx" ON "admin_session"("ends_at");

-- CreateIndex
CREATE INDEX "audit_entry_subject_id_idx" ON "audit_entry"("subject", "id");

-- AddForeignKey
ALTER TABLE "license" ADD CONSTRAINT "license_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "license_key" ADD CONSTRAINT "license_key_license_id_fkey" FOREIGN KEY ("license_id") REFERENCES "license"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "quota_period" ADD CONSTRAINT "quota_period_license_id_fkey" FOREIGN KEY ("license_id") REFERENCES "license"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "license_grant" ADD CONSTRAINT "license_grant_license_id_fkey" FOREIGN KEY ("license_id") REFERENCES "license"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "period_statement" ADD CONSTRAINT "period_statement_license_id_fkey" FOREIGN KEY ("license_id") REFERENCES "license"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "admin_session" ADD CONSTRAINT "admin_session_administrator_id_fkey" FOREIGN KEY ("administrator_id") REFERENCES "administrator"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What follows Prisma cannot say.

-- The states and the invariants of the ledger, where a row can hold them by itself.
ALTER TABLE "account" ADD CONSTRAINT "account_email_is_lower_case" CHECK (email = lower(email));
ALTER TABLE "license"
  ADD CONSTRAINT "license_state" CHECK (state IN ('active', 'suspended', 'revoked', 'expired')),
  ADD CONSTRAINT "license_limits" CHECK (openrouter_limit >= 0 AND openai_limit >= 0);
ALTER TABLE "quota_period"
  ADD CONSTRAINT "quota_period_period" CHECK (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  ADD CONSTRAINT "quota_period_provider" CHECK (provider IN ('openrouter', 'openai')),
  ADD CONSTRAINT "quota_period_counts" CHECK (
    plan_limit >= 0 AND addon_limit >= 0 AND used >= 0 AND held >= 0 AND grants_used >= 0
    AND archived BETWEEN 0 AND used AND grants_archived BETWEEN 0 AND grants_used),
  ADD CONSTRAINT "quota_period_never_overdrawn" CHECK (
    used + held <= highest_limit AND plan_limit + addon_limit <= highest_limit);
ALTER TABLE "license_grant"
  ADD CONSTRAINT "license_grant_provider" CHECK (provider IN ('openrouter', 'openai')),
  ADD CONSTRAINT "license_grant_state" CHECK (state IN ('active', 'waiting', 'revoked', 'expired')),
  ADD CONSTRAINT "license_grant_lasts" CHECK (
    lasts IN ('until-used', 'month', 'subscription') AND (lasts = 'month') = (period IS NOT NULL)),
  ADD CONSTRAINT "license_grant_never_overdrawn" CHECK (
    units > 0 AND entitled BETWEEN 0 AND units AND used >= 0 AND held >= 0
    AND used + held <= units AND archived BETWEEN 0 AND used);
ALTER TABLE "hold"
  ADD CONSTRAINT "hold_provider" CHECK (provider IN ('openrouter', 'openai')),
  ADD CONSTRAINT "hold_state" CHECK (state IN ('pending', 'posted', 'voided', 'expired')),
  ADD CONSTRAINT "hold_ends_once" CHECK ((state = 'pending') = (ended_at IS NULL)),
  ADD CONSTRAINT "hold_units" CHECK (units > 0);
ALTER TABLE "administrator"
  ADD CONSTRAINT "administrator_role" CHECK (role IN ('viewer', 'operator', 'owner')),
  ADD CONSTRAINT "administrator_email_is_lower_case" CHECK (email = lower(email));

-- The sweeper looks only at pending holds, whatever the age of the table. The predicate is not the
-- state itself, because settling asks for pending holds by id and must never be tempted by this index.
CREATE INDEX "hold_pending_lease" ON "hold" (lease_ends_at) WHERE ended_at IS NULL;

-- Licenses that end are found by their end.
CREATE INDEX "license_ends" ON "license" (expires_at) WHERE state = 'active' AND expires_at IS NOT NULL;

-- Counters are updated on every request: room in the page keeps the update off the indexes.
ALTER TABLE "quota_period" SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE "license_grant" SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE "hold" SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_analyze_scale_factor = 0.02);
