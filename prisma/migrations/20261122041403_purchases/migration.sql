-- AlterTable
ALTER TABLE "license" ADD COLUMN     "given_plan" TEXT,
ADD COLUMN     "given_until" TIMESTAMPTZ(6),
ADD COLUMN     "paid_changes_at" TIMESTAMPTZ(6),
ADD COLUMN     "paid_plan" TEXT,
ADD COLUMN     "paid_until" TIMESTAMPTZ(6);

-- AlterTable
ALTER TABLE "license_grant" ADD COLUMN     "purchase_line_id" UUID;

-- CreateTable
CREATE TABLE "shop_customer" (
    "shop" TEXT NOT NULL,
    "customer_id" TEXT NOT NULL,
    "account_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT sahm_now(),

    CONSTRAINT "shop_customer_pkey" PRIMARY KEY ("shop","customer_id")
);

-- CreateTable
CREATE TABLE "purchase_order" (
    "shop" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "account_id" UUID,
    "named_license" TEXT,
    "license_id" UUID,
    "issued_license" BOOLEAN NOT NULL DEFAULT false,
    "claim_id" UUID,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT sahm_now(),

    CONSTRAINT "purchase_order_pkey" PRIMARY KEY ("shop","order_id")
);

-- CreateTable
CREATE TABLE "purchase_line" (
    "id" UUID NOT NULL,
    "shop" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "line_id" TEXT NOT NULL,
    "product_id" TEXT NOT NULL,
    "terms" JSONB NOT NULL,

    CONSTRAINT "purchase_line_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "purchase_fact" (
    "id" UUID NOT NULL,
    "shop" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "line_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "reference" TEXT NOT NULL,
    "occurred_at" TIMESTAMPTZ(6) NOT NULL,
    "details" JSONB NOT NULL,
    "event_id" UUID NOT NULL,
    "recorded_at" TIMESTAMPTZ(6) NOT NULL DEFAULT sahm_now(),

    CONSTRAINT "purchase_fact_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "purchase_event" (
    "id" UUID NOT NULL,
    "shop" TEXT NOT NULL,
    "topic" TEXT NOT NULL,
    "delivery_id" TEXT NOT NULL DEFAULT '',
    "order_id" TEXT,
    "body" BYTEA NOT NULL,
    "headers" JSONB NOT NULL,
    "outcome" TEXT NOT NULL,
    "reason" TEXT NOT NULL DEFAULT '',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "retry_at" TIMESTAMPTZ(6),
    "received_at" TIMESTAMPTZ(6) NOT NULL DEFAULT sahm_now(),
    "settled_at" TIMESTAMPTZ(6),

    CONSTRAINT "purchase_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "claim" (
    "id" UUID NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "license_id" UUID,
    "account_id" UUID,
    "ends_at" TIMESTAMPTZ(6) NOT NULL,
    "used_at" TIMESTAMPTZ(6),

    CONSTRAINT "claim_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "buyer_session" (
    "id" UUID NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "account_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "ends_at" TIMESTAMPTZ(6) NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT sahm_now(),

    CONSTRAINT "buyer_session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notice" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "account_id" UUID NOT NULL,
    "license_id" UUID,
    "shop" TEXT,
    "order_id" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT NOT NULL DEFAULT '',
    "send_at" TIMESTAMPTZ(6) NOT NULL DEFAULT sahm_now(),
    "sent_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT sahm_now(),

    CONSTRAINT "notice_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "shop_cursor" (
    "shop" TEXT NOT NULL,
    "read_until" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "shop_cursor_pkey" PRIMARY KEY ("shop")
);

-- CreateIndex
CREATE INDEX "shop_customer_account_id_idx" ON "shop_customer"("account_id");

-- CreateIndex
CREATE INDEX "purchase_order_account_id_idx" ON "purchase_order"("account_id");

-- CreateIndex
CREATE INDEX "purchase_order_license_id_idx" ON "purchase_order"("license_id");

-- CreateIndex
CREATE INDEX "purchase_order_order_id_idx" ON "purchase_order"("order_id");

-- CreateIndex
CREATE UNIQUE INDEX "purchase_line_shop_order_id_line_id_key" ON "purchase_line"("shop", "order_id", "line_id");

-- CreateIndex
CREATE UNIQUE INDEX "purchase_fact_shop_order_id_line_id_kind_reference_key" ON "purchase_fact"("shop", "order_id", "line_id", "kind", "reference");

-- CreateIndex
CREATE INDEX "purchase_event_outcome_id_idx" ON "purchase_event"("outcome", "id");

-- CreateIndex
CREATE INDEX "purchase_event_shop_order_id_idx" ON "purchase_event"("shop", "order_id");

-- CreateIndex
CREATE INDEX "purchase_event_received_at_idx" ON "purchase_event"("received_at");

-- CreateIndex
CREATE UNIQUE INDEX "claim_token_hash_key" ON "claim"("token_hash");

-- CreateIndex
CREATE INDEX "claim_ends_at_idx" ON "claim"("ends_at");

-- CreateIndex
CREATE INDEX "claim_license_id_idx" ON "claim"("license_id");

-- CreateIndex
CREATE INDEX "claim_account_id_idx" ON "claim"("account_id");

-- CreateIndex
CREATE UNIQUE INDEX "buyer_session_token_hash_key" ON "buyer_session"("token_hash");

-- CreateIndex
CREATE INDEX "buyer_session_account_id_idx" ON "buyer_session"("account_id");

-- CreateIndex
CREATE INDEX "buyer_session_ends_at_idx" ON "buyer_session"("ends_at");

-- CreateIndex
CREATE INDEX "notice_account_id_created_at_idx" ON "notice"("account_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "license_grant_purchase_line_id_key" ON "license_grant"("purchase_line_id");

-- AddForeignKey
ALTER TABLE "license_grant" ADD CONSTRAINT "license_grant_purchase_line_id_fkey" FOREIGN KEY ("purchase_line_id") REFERENCES "purchase_line"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "shop_customer" ADD CONSTRAINT "shop_customer_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "purchase_order" ADD CONSTRAINT "purchase_order_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "purchase_order" ADD CONSTRAINT "purchase_order_license_id_fkey" FOREIGN KEY ("license_id") REFERENCES "license"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "purchase_line" ADD CONSTRAINT "purchase_line_shop_order_id_fkey" FOREIGN KEY ("shop", "order_id") REFERENCES "purchase_order"("shop", "order_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "purchase_fact" ADD CONSTRAINT "purchase_fact_shop_order_id_fkey" FOREIGN KEY ("shop", "order_id") REFERENCES "purchase_order"("shop", "order_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "claim" ADD CONSTRAINT "claim_license_id_fkey" FOREIGN KEY ("license_id") REFERENCES "license"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "claim" ADD CONSTRAINT "claim_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "buyer_session" ADD CONSTRAINT "buyer_session_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What follows Prisma cannot say.

ALTER TABLE "purchase_fact"
  ADD CONSTRAINT "purchase_fact_shop" CHECK (shop IN ('stripe', 'woocommerce', 'signed')),
  ADD CONSTRAINT "purchase_fact_kind" CHECK (kind IN ('bought', 'renewed', 'cancelled', 'restored',
    'refunded', 'disputed', 'dispute_won', 'dispute_lost'));
ALTER TABLE "purchase_event"
  ADD CONSTRAINT "purchase_event_outcome" CHECK (
    outcome IN ('applied', 'duplicate', 'waiting', 'ignored', 'failed'));
ALTER TABLE "purchase_order"
  ADD CONSTRAINT "purchase_order_license_has_account" CHECK (
    license_id IS NULL OR account_id IS NOT NULL);
ALTER TABLE "license"
  ADD CONSTRAINT "license_given" CHECK (given_plan IS NOT NULL OR given_until IS NULL);
ALTER TABLE "buyer_session"
  ADD CONSTRAINT "buyer_session_kind" CHECK (kind IN ('link', 'session'));
ALTER TABLE "notice"
  ADD CONSTRAINT "notice_kind" CHECK (kind IN ('license_ready', 'sign_in'));

-- An order tells of one license once, however often it is reported.
CREATE UNIQUE INDEX "notice_once_an_order" ON "notice" (shop, order_id, kind);
CREATE INDEX "notice_unsent" ON "notice" (send_at) WHERE sent_at IS NULL;
CREATE INDEX "license_paid_changes" ON "license" (paid_changes_at) WHERE paid_changes_at IS NOT NULL;
CREATE INDEX "purchase_event_waiting" ON "purchase_event" (retry_at) WHERE outcome = 'waiting';
