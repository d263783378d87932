-- Responses and their inputs, for later calls of the same license.

CREATE TABLE "kept_response" (
    "id" UUID NOT NULL,
    "license_id" UUID NOT NULL,
    "item_ids" TEXT[],
    "response" BYTEA NOT NULL,
    "input" BYTEA,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "kept_response_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "kept_response_license_id_created_at_idx" ON "kept_response"("license_id", "created_at");

CREATE INDEX "kept_response_created_at_idx" ON "kept_response"("created_at");

-- Sealed bytes cannot be compressed.
ALTER TABLE kept_response ALTER COLUMN response SET STORAGE EXTERNAL;
ALTER TABLE kept_response ALTER COLUMN input SET STORAGE EXTERNAL;
