// Which process runs a job now, and how each job's last run ended: one row a job. It is a row with an end and
// not a session's lock: it works behind a connection pooler, and does not outlive a crash for long.

import { randomUUID } from 'node:crypto';
import { setInterval } from 'node:timers/promises';
import type { RunOutcome } from '../../domain/jobRun.js';
import { cleanText } from '../../domain/wellFormed.js';
import { retryConflicts } from '../database/retryConflicts.js';
import type { PrismaClient } from '../generated/client.js';

export type LeasedRun<Result> =
  | { outcome: 'done'; result: Result }
  /** Another holder is running it right now. */
  | { outcome: 'taken' }
  | { outcome: 'failed'; error: unknown };

/** The last run of a job. */
export interface JobRun {
  name: string;
  /** The process that ran it, and the id of the run. */
  holder: string;
  startedAt: Date;
  finishedAt: Date | null;
  outcome: RunOutcome;
  /** What the job returned, or `{ error }`. */
  result: unknown;
}

export interface JobLeases {
  /** Runs `act` unless another holder does, and renews the lease meanwhile. Never throws. */
  run<Result>(
    name: string,
    leaseMs: number,
    act: () => Promise<Result>,
  ): Promise<LeasedRun<Result>>;
  list(): Promise<JobRun[]>;
}

/** `holder` names this process to readers of the list. */
export function createJobLeases(prisma: PrismaClient, holder: string): JobLeases {
  return {
    async run(name, leaseMs, act) {
      // Each run is a holder of its own: a run that lost its lease must not end the lease of a later run.
      const self = `${holder} ${randomUUID()}`;
      try {
        if (!(await take(prisma, name, self, leaseMs))) return { outcome: 'taken' };
      } catch (error) {
        return { outcome: 'failed', error };
      }
      const renewal = keepRenewing(prisma, name, self, leaseMs);
      try {
        const result = await act();
        await renewal.stop();
        await release(prisma, name, self, 'done', result);
        return { outcome: 'done', result };
      } catch (error) {
        await renewal.stop();
        const message = error instanceof Error ? error.message : String(error);
        await release(prisma, name, self, 'failed', { error: message });
        return { outcome: 'failed', error };
      }
    },
    list: () => prisma.$queryRaw<JobRun[]>`
SELECT name, holder, started_at AS "startedAt", finished_at AS "finishedAt", result,
  coalesce(outcome, CASE WHEN lease_ends_at > sahm_now() THEN 'running' ELSE 'abandoned' END)
    AS outcome
FROM job_lease ORDER BY name`,
  };
}

/** One statement decides: if several come at once, the later ones find the first one's lease. */
async function take(
  prisma: PrismaClient,
  name: string,
  holder: string,
  leaseMs: number,
): Promise<boolean> {
  const taken = await retryConflicts(
    () => prisma.$executeRaw`
INSERT INTO job_lease (name, holder, started_at, lease_ends_at)
VALUES (${name}, ${holder}, sahm_now(), sahm_now() + ${leaseMs}::int * interval '1 millisecond')
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, started_at = excluded.started_at,
  lease_ends_at = excluded.lease_ends_at, finished_at = NULL, outcome = NULL, result = NULL
WHERE job_lease.lease_ends_at <= sahm_now()`,
  );
  return taken === 1;
}

function keepRenewing(prisma: PrismaClient, name: string, holder: string, leaseMs: number) {
  const ending = new AbortController();
  async function renewUntilEnd(): Promise<void> {
    for await (const _ of setInterval(leaseMs / 3, undefined, { signal: ending.signal })) {
      // Without a database the lease ends by itself; jobs stay correct even if two run at once.
      await prisma.$executeRaw`
UPDATE job_lease SET lease_ends_at = sahm_now() + ${leaseMs}::int * interval '1 millisecond'
WHERE name = ${name} AND holder = ${holder}`.catch(() => {});
    }
  }
  const renewing = renewUntilEnd().catch(error => {
    if (!ending.signal.aborted) throw error;
  });
  return {
    async stop() {
      ending.abort();
      await renewing;
    },
  };
}

/** Ends the lease and stores the result. Has no effect once another holder has taken over. */
async function release(
  prisma: PrismaClient,
  name: string,
  holder: string,
  outcome: 'done' | 'failed',
  result: unknown,
): Promise<void> {
  // The job has run. If its result cannot be stored, the lease ends by itself.
  await prisma.$executeRaw`
UPDATE job_lease SET lease_ends_at = sahm_now(), finished_at = sahm_now(), outcome = ${outcome},
  result = ${storable(result)}::jsonb
WHERE name = ${name} AND holder = ${holder}`.catch(() => {});
}

/** The text of a fault may contain what the database's JSON cannot store. */
function storable(result: unknown): string {
  return JSON.stringify(result ?? null, (_, value) =>
    typeof value === 'string' ? cleanText(value) : value,
  );
}
