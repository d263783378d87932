// What the metrics ask of the database. A small index answers each question.

import { within } from '../database/within.js';
import type { PrismaClient } from '../generated/client.js';

/** A fetch of the metrics never waits longer for the database than this. */
const PATIENCE_MS = 2_000;
/** Earlier failures are not counted: an operator has seen them by now, or never looks. */
const FAILED_DAYS = 30;

export interface Measured {
  holdsPending: number;
  /** Seconds since each job last succeeded. A job that never did is not included. */
  jobAges: Array<{ job: string; seconds: number }>;
  /** How many of our webhooks shops have switched off, when last checked; null where none was checked. */
  disabledWebhooks: number | null;
  /** How many events no webhook reports to us as it should; null likewise. */
  missingWebhooks: number | null;
  /** Shops from which nothing had come for longer than ever, when last checked. */
  silentShops: string[];
  /** How many events of the inbox wait, and how many failed lately: they need a person. */
  purchaseEvents: { waiting: number; failed: number };
}

/** @throws if the database does not answer in time. */
export function measure(prisma: PrismaClient): Promise<Measured> {
  return within(PATIENCE_MS, ask(prisma));
}

async function ask(prisma: PrismaClient): Promise<Measured> {
  const [pending] = await prisma.$queryRaw<[{ count: number }]>`
    SELECT count(*)::int AS count FROM hold WHERE ended_at IS NULL`;
  const jobAges = await prisma.$queryRaw<Measured['jobAges']>`
    SELECT name AS job, extract(epoch FROM sahm_now() - finished_at)::float8 AS seconds
    FROM job_lease WHERE outcome = 'done'`;
  const [looked] = await prisma.$queryRaw<[{ disabled: number | null; missing: number | null }]>`
    SELECT sum(jsonb_array_length(result -> 'disabled_webhooks'))::int AS disabled,
      sum(jsonb_array_length(result -> 'missing_webhooks'))::int AS missing FROM job_lease
    WHERE name LIKE 'reconcile-%' AND outcome = 'done'
      AND jsonb_typeof(result -> 'disabled_webhooks') = 'array'`;
  const silent = await prisma.$queryRaw<Array<{ shop: string }>>`
    SELECT silent ->> 'shop' AS shop FROM job_lease
    CROSS JOIN LATERAL jsonb_array_elements(result -> 'silent_shops') silent
    WHERE name = 'find-silent-shops' AND outcome = 'done'`;
  const [purchaseEvents] = await prisma.$queryRaw<[Measured['purchaseEvents']]>`
    SELECT (SELECT count(*)::int FROM purchase_event WHERE outcome = 'waiting') AS waiting,
      (SELECT count(*)::int FROM purchase_event WHERE outcome = 'failed'
        AND settled_at > sahm_now() - ${FAILED_DAYS}::int * interval '1 day') AS failed`;
  const silentShops = silent.map(({ shop }) => shop);
  const { disabled: disabledWebhooks, missing: missingWebhooks } = looked;
  return {
    holdsPending: pending.count,
    jobAges,
    disabledWebhooks,
    missingWebhooks,
    silentShops,
    purchaseEvents,
  };
}
