-- What a buyer is told by mail is the buyer's choice; and two more kinds of notices: a renewal that was not paid, and a
-- model that retires.
--
-- The tables are locked in the order in which purchases write to them. The check is read through by the next
-- migration, beside the service.

-- The kinds that the buyer does without.
ALTER TABLE "account" ADD COLUMN "muted_notices" TEXT[] NOT NULL DEFAULT '{}';

ALTER TABLE "license_notice"
  DROP CONSTRAINT "license_notice_kind",
  ADD CONSTRAINT "license_notice_kind" CHECK (kind IN ('allowance_80', 'allowance_100',
    'license_expiring', 'license_suspended', 'grant_waiting', 'payment_failed', 'model_retiring',
    'purchase_failed', 'mail_failed', 'shop_trouble')) NOT VALID;
