-- A refusal of a named key says which one, as a request does. Of the master key, and of rows from before, it is null.

ALTER TABLE "refusal" ADD COLUMN "named_key_id" UUID;
