-- AlterTable
ALTER TABLE "license" ADD COLUMN     "concurrency" INTEGER;
ALTER TABLE "license" ADD CONSTRAINT "license_concurrency" CHECK (concurrency > 0) NOT VALID;
ALTER TABLE "license" VALIDATE CONSTRAINT "license_concurrency";
