// The whole cron table. If another replica has a job's lease, this one does not run the job.

import nodeCron from 'node-cron';
import { SHOPS } from '../src/domain/shop.js';
import { SHOP_DESCRIPTIONS } from '../src/shops/index.js';
import type { JobLeases, JobRun, LeasedRun } from '../src/store/upkeep/jobLeases.js';
import { applyWaitingPurchases } from './applyWaitingPurchases.js';
import { closePeriods } from './closePeriods.js';
import { expireHolds } from './expireHolds.js';
import { expireLicenses } from './expireLicenses.js';
import { findNotices } from './findNotices.js';
import { findSilentShops } from './findSilentShops.js';
import { followVideos } from './followVideos.js';
import type { Job, JobDeps } from './job.js';
import { prune } from './prune.js';
import { reconcileOrders } from './reconcileOrders.js';
import { sendNotices } from './sendNotices.js';
import { syncModels } from './syncModels.js';

export type { JobDeps };

export interface ScheduledJob {
  job: Job;
  /** Six fields, beginning with seconds; in UTC. */
  cron: string;
  /** If the process that runs a job dies, the job rests for at most this long. */
  leaseMs: number;
}

/**
 * A hold is freed within 30 s after its lease: 10 s until the next run, and 10 s more if a run was killed.
 */
export const SCHEDULE: ScheduledJob[] = [
  { job: expireHolds, cron: '*/10 * * * * *', leaseMs: 10_000 },
  { job: followVideos, cron: '*/5 * * * * *', leaseMs: 15_000 },
  { job: expireLicenses, cron: '5 * * * * *', leaseMs: 30_000 },
  { job: closePeriods, cron: '0 15 * * * *', leaseMs: 60_000 },
  { job: prune, cron: '0 40 3 * * *', leaseMs: 60_000 },
  { job: applyWaitingPurchases, cron: '20 * * * * *', leaseMs: 60_000 },
  ...SHOPS.filter(shop => SHOP_DESCRIPTIONS[shop].orders).map(shop => ({
    job: reconcileOrders(shop),
    cron: '40 */10 * * * *',
    leaseMs: 60_000,
  })),
  { job: findSilentShops, cron: '10 5 * * * *', leaseMs: 60_000 },
  { job: findNotices, cron: '35 * * * * *', leaseMs: 60_000 },
  { job: sendNotices, cron: '50 * * * * *', leaseMs: 60_000 },
  { job: syncModels, cron: '30 25 * * * *', leaseMs: 60_000 },
];

/** The part of pino's loggers that jobs use. */
export interface JobLog {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Every job with its last run; null if it never ran. */
export async function listJobs(
  leases: JobLeases,
): Promise<Array<{ name: string; schedule: string; lastRun: JobRun | null }>> {
  const runs = new Map((await leases.list()).map(run => [run.name, run]));
  return SCHEDULE.map(({ job, cron }) => ({
    name: job.name,
    schedule: cron,
    lastRun: runs.get(job.name) ?? null,
  }));
}

/** Runs a job once, unless another process is running it. Never throws. */
export async function runJob(
  name: string,
  deps: JobDeps,
  leases: JobLeases,
): Promise<LeasedRun<Record<string, unknown>> | { outcome: 'unknown' }> {
  const scheduled = SCHEDULE.find(({ job }) => job.name === name);
  if (!scheduled) return { outcome: 'unknown' };
  return leases.run(name, scheduled.leaseMs, () => scheduled.job.run(deps));
}

/** Runs every job at its times until `stop`, which waits for runs under way. */
export function startSchedule(
  deps: JobDeps,
  leases: JobLeases,
  log: JobLog,
): { stop(): Promise<void> } {
  const underWay = new Set<Promise<void>>();

  async function runAndReport(name: string): Promise<void> {
    const run = await runJob(name, deps, leases);
    if (run.outcome === 'done') log.debug({ job: name, result: run.result }, 'job done');
    if (run.outcome === 'failed') log.error({ job: name, err: run.error }, 'job failed');
  }

  const cronLog = {
    info: (message: string) => log.debug({}, message),
    warn: (message: string) => log.warn({}, message),
    error: (fault: string | Error, err?: Error) => log.error({ err: err ?? fault }, String(fault)),
    debug: (message: string | Error) => log.debug({}, String(message)),
  };
  const tasks = SCHEDULE.map(({ job, cron }) =>
    nodeCron.schedule(
      cron,
      () => {
        const run = runAndReport(job.name).finally(() => underWay.delete(run));
        underWay.add(run);
        return run;
      },
      { name: job.name, timezone: 'UTC', noOverlap: true, unref: true, logger: cronLog },
    ),
  );
  return {
    async stop() {
      for (const task of tasks) await task.destroy();
      await Promise.allSettled(underWay);
    },
  };
}
