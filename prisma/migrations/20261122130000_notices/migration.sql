-- CreateTable
CREATE TABLE "license_notice" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "license_id" UUID NOT NULL,
    "subject" TEXT NOT NULL,
    "details" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT sahm_now(),

    CONSTRAINT "license_notice_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notice_delivery" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "notice_id" UUID NOT NULL,
    "endpoint_id" UUID,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "status" INTEGER,
    "error" TEXT NOT NULL DEFAULT '',
    "due_at" TIMESTAMPTZ(6) NOT NULL DEFAULT sahm_now(),
    "ended_at" TIMESTAMPTZ(6),

    CONSTRAINT "notice_delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_endpoint" (
    "id" UUID NOT NULL,
    "url" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "kinds" TEXT[],
    "disabled" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT sahm_now(),

    CONSTRAINT "webhook_endpoint_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notice_cursor" (
    "name" TEXT NOT NULL,
    "after" UUID NOT NULL,

    CONSTRAINT "notice_cursor_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE UNIQUE INDEX "license_notice_license_id_kind_subject_key" ON "license_notice"("license_id", "kind", "subject");

-- CreateIndex
CREATE INDEX "notice_delivery_endpoint_id_idx" ON "notice_delivery"("endpoint_id");

-- CreateIndex
CREATE UNIQUE INDEX "notice_delivery_notice_id_endpoint_id_key" ON "notice_delivery"("notice_id", "endpoint_id");

-- AddForeignKey
ALTER TABLE "license_notice" ADD CONSTRAINT "license_notice_license_id_fkey" FOREIGN KEY ("license_id") REFERENCES "license"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notice_delivery" ADD CONSTRAINT "notice_delivery_notice_id_fkey" FOREIGN KEY ("notice_id") REFERENCES "license_notice"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notice_delivery" ADD CONSTRAINT "notice_delivery_endpoint_id_fkey" FOREIGN KEY ("endpoint_id") REFERENCES "webhook_endpoint"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What follows Prisma cannot say.

ALTER TABLE "license_notice"
  ADD CONSTRAINT "license_notice_kind" CHECK (kind IN ('allowance_80', 'allowance_100',
    'license_expiring', 'license_suspended', 'grant_waiting'));
ALTER TABLE "notice_delivery"
  ADD CONSTRAINT "notice_delivery_state" CHECK (state IN ('pending', 'delivered', 'failed')),
  ADD CONSTRAINT "notice_delivery_ends" CHECK ((state = 'pending') = (ended_at IS NULL));

-- One mail a notice.
CREATE UNIQUE INDEX "notice_delivery_mail" ON "notice_delivery" (notice_id) WHERE endpoint_id IS NULL;
-- Who delivers looks only at what is still to be delivered, whatever the age of the table.
CREATE INDEX "notice_delivery_due" ON "notice_delivery" (due_at) WHERE state = 'pending';
