-- The check holds for all rows: every earlier notice has a kind that was allowed before.
ALTER TABLE "license_notice" VALIDATE CONSTRAINT "license_notice_kind";
