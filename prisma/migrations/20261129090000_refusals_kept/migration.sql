-- Refusals of a license as rows, so that "why was I refused?" has an answer.

-- CreateTable
CREATE TABLE "refusal" (
    "id" UUID NOT NULL,
    "license_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL,
    "dialect" TEXT NOT NULL,
    "provider" TEXT,
    "model" TEXT,
    "code" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "parameters" JSONB NOT NULL,

    CONSTRAINT "refusal_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "refusal_license_id_id_idx" ON "refusal"("license_id", "id");

-- CreateIndex
CREATE INDEX "refusal_at_idx" ON "refusal"("at");
