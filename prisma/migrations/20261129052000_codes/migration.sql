-- CreateTable
CREATE TABLE "redemption_code" (
    "id" UUID NOT NULL,
    "digest" BYTEA NOT NULL,
    "product_id" TEXT NOT NULL,
    "note" TEXT NOT NULL DEFAULT '',
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT sahm_now(),
    "expires_at" TIMESTAMPTZ(6),
    "withdrawn_at" TIMESTAMPTZ(6),
    "used_at" TIMESTAMPTZ(6),
    "license_id" UUID,

    CONSTRAINT "redemption_code_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "redemption_code_digest_key" ON "redemption_code"("digest");

-- CreateIndex
CREATE INDEX "redemption_code_license_id_idx" ON "redemption_code"("license_id");

-- AddForeignKey
ALTER TABLE "redemption_code" ADD CONSTRAINT "redemption_code_license_id_fkey" FOREIGN KEY ("license_id") REFERENCES "license"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What follows Prisma cannot say.

ALTER TABLE "redemption_code"
  ADD CONSTRAINT "redemption_code_used" CHECK ((used_at IS NULL) = (license_id IS NULL)),
  ADD CONSTRAINT "redemption_code_ended" CHECK (used_at IS NULL OR withdrawn_at IS NULL);

-- An order may also be the redemption of a code. The facts that there are satisfied the narrower check, so they
-- need not be read while the table is locked; the next migration does it beside everybody's work.
ALTER TABLE "purchase_fact"
  DROP CONSTRAINT "purchase_fact_shop",
  ADD CONSTRAINT "purchase_fact_shop" CHECK (shop IN ('stripe', 'woocommerce', 'signed', 'codes')) NOT VALID;
