-- CreateTable
CREATE TABLE "video_job" (
    "id" UUID NOT NULL,
    "license_id" UUID NOT NULL,
    "model" TEXT NOT NULL,
    "seconds" INTEGER NOT NULL,
    "size" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "progress" INTEGER NOT NULL DEFAULT 0,
    "upstream_id" TEXT,
    "key_index" INTEGER NOT NULL DEFAULT 0,
    "file" TEXT,
    "cost_microusd" BIGINT,
    "error_code" TEXT,
    "error_detail" BYTEA,
    "claims" INTEGER NOT NULL DEFAULT 0,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "next_poll_at" TIMESTAMPTZ(6) NOT NULL,
    "ends_at" TIMESTAMPTZ(6) NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "ended_at" TIMESTAMPTZ(6),

    CONSTRAINT "video_job_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "video_job_created_at_idx" ON "video_job"("created_at");

ALTER TABLE video_job ADD CONSTRAINT video_job_state
  CHECK (state IN ('queued', 'in_progress', 'completed', 'failed'));

-- It has ended, or somebody takes it up again.
ALTER TABLE video_job ADD CONSTRAINT video_job_ends_once
  CHECK ((state <> 'completed' AND state <> 'failed') = (ended_at IS NULL));

-- A video that is ready is there.
ALTER TABLE video_job ADD CONSTRAINT video_job_file CHECK (state <> 'completed' OR file IS NOT NULL);

CREATE INDEX video_job_due ON video_job (next_poll_at) WHERE ended_at IS NULL;
