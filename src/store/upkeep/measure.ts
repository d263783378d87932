// What the metrics ask of the database. A small index answers each question.

import { within } from '../database/within.js';
import type { PrismaClient } from '../generated/client.js';

/** A fetch of the metrics never waits longer for the database than this. */
const PATIENCE_MS = 2_000;

export interface Measured {
  holdsPending: number;
  /** Seconds since each job last succeeded. A job that never did is not included. */
  jobAges: Array<{ job: string; seconds: number }>;
  /** How many of our webhooks shops have switched off, when last checked; null where none was checked. */
  disabledWebhooks: number | null;
}

/** @throws where the database does not answer in time. */
export function measure(prisma: PrismaClient): Promise<Measured> {
  return within(PATIENCE_MS, ask(prisma));
}

async function ask(prisma: PrismaClient): Promise<Measured> {
  const [pending] = await prisma.$queryRaw<[{ count: number }]>`
    SELECT count(*)::int AS count FROM hold WHERE ended_at IS NULL`;
  const jobAges = await prisma.$queryRaw<Measured['jobAges']>`
    SELECT name AS job, extract(epoch FROM sahm_now() - finished_at)::float8 AS seconds
    FROM job_lease WHERE outcome = 'done'`;
  const [looked] = await prisma.$queryRaw<[{ disabled: number | null }]>`
    SELECT sum(jsonb_array_length(result -> 'disabled_webhooks'))::int AS disabled FROM job_lease
    WHERE name LIKE 'reconcile-%' AND outcome = 'done'
      AND jsonb_typeof(result -> 'disabled_webhooks') = 'array'`;
  return { holdsPending: pending.count, jobAges, disabledWebhooks: looked.disabled };
}
