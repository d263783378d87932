-- Changes of many licenses at once, so that a repetition gets the answer of the first.

-- CreateTable
CREATE TABLE "bulk_change" (
    "key_digest" BYTEA NOT NULL,
    "fingerprint" BYTEA NOT NULL,
    "begun_at" TIMESTAMPTZ(6) NOT NULL DEFAULT sahm_now(),
    "outcomes" JSONB,

    CONSTRAINT "bulk_change_pkey" PRIMARY KEY ("key_digest")
);
