-- Reads the facts, while others go on reading and writing them.
ALTER TABLE "purchase_fact" VALIDATE CONSTRAINT "purchase_fact_shop";
