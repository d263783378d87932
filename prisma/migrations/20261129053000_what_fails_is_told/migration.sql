-- What fails is told to the operator: a purchase that needs a person, which may have no license, and a mail or a
-- key note that cannot be sent. A key note is settled apart from the mail of its order.
--
-- The tables are locked in the order in which purchases write to them. The checks are read through by the next
-- migration, beside the service.

ALTER TABLE "notice"
  DROP CONSTRAINT "notice_kind",
  ADD CONSTRAINT "notice_kind" CHECK (kind IN ('license_ready', 'sign_in', 'key_note')) NOT VALID;

ALTER TABLE "license_notice"
  ALTER COLUMN "license_id" DROP NOT NULL,
  DROP CONSTRAINT "license_notice_kind",
  ADD CONSTRAINT "license_notice_kind" CHECK (kind IN ('allowance_80', 'allowance_100',
    'license_expiring', 'license_suspended', 'grant_waiting', 'purchase_failed', 'mail_failed',
    'shop_trouble')) NOT VALID;

-- What concerns no license is told once too.
CREATE UNIQUE INDEX "license_notice_of_none" ON "license_notice" (kind, subject) WHERE license_id IS NULL;
