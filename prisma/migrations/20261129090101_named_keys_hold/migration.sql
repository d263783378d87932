-- Each key of an earlier release has a license and no named key.
ALTER TABLE "license_key" VALIDATE CONSTRAINT "license_key_of_one";
ALTER TABLE "license_key" VALIDATE CONSTRAINT "license_key_named_key_id_fkey";
