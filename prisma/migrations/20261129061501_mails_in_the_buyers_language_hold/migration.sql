-- The checks hold for all rows: every earlier notice has a kind that was allowed before, and no account has a language.
ALTER TABLE "account" VALIDATE CONSTRAINT "account_language";
ALTER TABLE "notice" VALIDATE CONSTRAINT "notice_kind";
