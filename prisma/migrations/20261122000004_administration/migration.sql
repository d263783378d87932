-- AlterTable
ALTER TABLE "admin_session" ADD COLUMN     "address" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "refresh_digest" BYTEA;

-- AlterTable
ALTER TABLE "license" ADD COLUMN     "rate_limit" INTEGER;

-- AlterTable
ALTER TABLE "license_key" ADD COLUMN     "rotation" TEXT;

-- CreateTable
CREATE TABLE "admin_token" (
    "id" UUID NOT NULL,
    "administrator_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "digest" BYTEA NOT NULL,
    "last4" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT sahm_now(),
    "expires_at" TIMESTAMPTZ(6) NOT NULL,
    "revoked_at" TIMESTAMPTZ(6),

    CONSTRAINT "admin_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sign_in_failure" (
    "key" TEXT NOT NULL,
    "points" INTEGER NOT NULL,
    "expire" TIMESTAMPTZ(6),

    CONSTRAINT "sign_in_failure_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "refusal_count" (
    "day" TEXT NOT NULL,
    "dialect" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "count" BIGINT NOT NULL,

    CONSTRAINT "refusal_count_pkey" PRIMARY KEY ("day","dialect","provider","code","reason")
);

-- CreateIndex
CREATE UNIQUE INDEX "admin_token_digest_key" ON "admin_token"("digest");

-- CreateIndex
CREATE INDEX "admin_token_administrator_id_idx" ON "admin_token"("administrator_id");

-- CreateIndex
CREATE INDEX "sign_in_failure_expire_idx" ON "sign_in_failure"("expire");

-- CreateIndex
CREATE UNIQUE INDEX "admin_session_refresh_digest_key" ON "admin_session"("refresh_digest");

-- CreateIndex
CREATE INDEX "license_plan_created_at_id_idx" ON "license"("plan", "created_at", "id");

-- CreateIndex
CREATE INDEX "license_state_created_at_id_idx" ON "license"("state", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "license_key_license_id_rotation_key" ON "license_key"("license_id", "rotation");

-- AddForeignKey
ALTER TABLE "admin_token" ADD CONSTRAINT "admin_token_administrator_id_fkey" FOREIGN KEY ("administrator_id") REFERENCES "administrator"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What follows Prisma cannot say.

ALTER TABLE "license" ADD CONSTRAINT "license_rate_limit" CHECK (rate_limit > 0);
ALTER TABLE "admin_token"
  ADD CONSTRAINT "admin_token_role" CHECK (role IN ('viewer', 'operator', 'owner')),
  ADD CONSTRAINT "admin_token_ends" CHECK (expires_at > created_at);
ALTER TABLE "refusal_count" ADD CONSTRAINT "refusal_count_count" CHECK (count > 0);

-- Whatever the program does, what was written down stays as it was written.
CREATE FUNCTION sahm_keep_audit() RETURNS trigger LANGUAGE plpgsql
  AS $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON "audit_entry"
  FOR EACH ROW EXECUTE FUNCTION sahm_keep_audit();

-- What a license can be found by, whatever the collation of the database.
-- (Every key has a prefix; Prisma leaves an index alone that says so.)
CREATE INDEX "license_key_prefix" ON "license_key" (prefix COLLATE "C") WHERE prefix IS NOT NULL;
-- The job that ends licenses, and the list of expired ones, look only at those that can be over.
CREATE INDEX "license_ending" ON "license" (expires_at) WHERE state = 'active' AND expires_at IS NOT NULL;

-- The least UUID of version 7 that can have been made at an instant: ids are in the order of time.
CREATE FUNCTION sahm_first_id(instant timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT (lpad(to_hex(greatest(0, floor(extract(epoch FROM instant) * 1000))::bigint), 12, '0')
    || repeat('0', 20))::uuid $$;
