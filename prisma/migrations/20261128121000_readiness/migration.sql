-- Whether a chat would be accepted is found out by doing what it does.

-- CreateTable
CREATE TABLE "probe" (
    "id" UUID NOT NULL,
    "filler" BYTEA NOT NULL,

    CONSTRAINT "probe_pkey" PRIMARY KEY ("id")
);

-- What follows Prisma cannot say.

-- Asks the ledger for nothing, writes a row and removes it. Answers whether there is an administrator.
CREATE FUNCTION sahm_probe(probe_id uuid, filler bytea, zone text) RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
  PERFORM sahm_hold_own('[]', zone, 1000);
  INSERT INTO probe (id, filler) VALUES (probe_id, filler);
  DELETE FROM probe WHERE id = probe_id;
  RETURN EXISTS (SELECT FROM administrator);
END $$;
