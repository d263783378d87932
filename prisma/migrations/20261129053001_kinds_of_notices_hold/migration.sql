-- The kinds of notices hold for all rows: every earlier one has a kind that was allowed before.
ALTER TABLE "notice" VALIDATE CONSTRAINT "notice_kind";
ALTER TABLE "license_notice" VALIDATE CONSTRAINT "license_notice_kind";
