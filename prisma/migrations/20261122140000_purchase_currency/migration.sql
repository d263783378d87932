-- AlterTable
ALTER TABLE "purchase_fact" ADD COLUMN     "currency" TEXT;

-- What follows Prisma cannot say.

ALTER TABLE "purchase_fact"
  ADD CONSTRAINT "purchase_fact_currency" CHECK (currency ~ '^[A-Z]{3}$');

-- What was sold in some days is found by the day, and only facts that tell of money are looked at.
CREATE INDEX "purchase_fact_money" ON "purchase_fact" (occurred_at) WHERE currency IS NOT NULL;
