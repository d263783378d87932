-- The check holds for all rows: nothing was given for a time before.
ALTER TABLE "license" VALIDATE CONSTRAINT "license_lent";
