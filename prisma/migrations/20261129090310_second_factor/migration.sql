-- An administrator's second factor, and the codes to get in without it, one use each.

-- CreateTable
CREATE TABLE "admin_second_factor" (
    "administrator_id" UUID NOT NULL,
    "sealed" BYTEA NOT NULL,
    "confirmed_at" TIMESTAMPTZ(6),
    "last_step" BIGINT NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT sahm_now(),

    CONSTRAINT "admin_second_factor_pkey" PRIMARY KEY ("administrator_id")
);

-- CreateTable
CREATE TABLE "admin_recovery_code" (
    "administrator_id" UUID NOT NULL,
    "digest" BYTEA NOT NULL,
    "used_at" TIMESTAMPTZ(6),

    CONSTRAINT "admin_recovery_code_pkey" PRIMARY KEY ("administrator_id","digest")
);

-- AddForeignKey
ALTER TABLE "admin_second_factor" ADD CONSTRAINT "admin_second_factor_administrator_id_fkey" FOREIGN KEY ("administrator_id") REFERENCES "administrator"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "admin_recovery_code" ADD CONSTRAINT "admin_recovery_code_administrator_id_fkey" FOREIGN KEY ("administrator_id") REFERENCES "administrator"("id") ON DELETE CASCADE ON UPDATE CASCADE;
