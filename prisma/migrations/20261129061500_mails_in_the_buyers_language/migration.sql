-- What a buyer reads, and a mail that confirms what was bought for a license which existed.
--
-- The tables are locked in the order in which purchases write to them. The checks are read through by the next
-- migration, beside the service.

-- The newest that was told; null for unknown.
ALTER TABLE "account"
  ADD COLUMN "language" TEXT,
  ADD CONSTRAINT "account_language" CHECK (language IN ('fa', 'en', 'zh-TW')) NOT VALID;

ALTER TABLE "notice"
  DROP CONSTRAINT "notice_kind",
  ADD CONSTRAINT "notice_kind"
    CHECK (kind IN ('license_ready', 'sign_in', 'purchase_confirmed', 'key_note')) NOT VALID;

-- What the metrics count of the inbox.
CREATE INDEX "purchase_event_failed" ON "purchase_event" (settled_at) WHERE outcome = 'failed';
