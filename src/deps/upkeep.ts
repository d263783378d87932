// Builds the jobs that keep the database, the models and the videos in order.

import type { JobDeps } from '../../jobs/schedule.js';
import type { Cancellation } from '../domain/cancellation.js';
import { type FollowDeps, followVideos } from '../flows/followVideos.js';
import { type SyncModelsDeps, syncModels } from '../flows/syncModels.js';
import type { Metrics } from '../metrics.js';
import { eachPart } from '../store/database/eachPart.js';
import type { PrismaClient } from '../store/generated/client.js';
import type { Ledger } from '../store/ledger/index.js';
import { closePeriods, prune } from '../store/ledger/periods.js';
import type { LicenseStore } from '../store/licenses/licenses.js';
import type { MediaFiles } from '../store/media/mediaFiles.js';
import type { VideoJobs } from '../store/media/videoJobs.js';
import type { RefusalLog } from '../store/reports/refusalLog.js';
import type { KeptResponses } from '../store/responses/keptResponses.js';

/** The most rows that one run of a job handles. The next run continues from there. */
const ROWS_A_RUN = 50_000;

interface UpkeepDeps {
  prisma: PrismaClient;
  timeZone: string;
  ledger: Ledger;
  licenses: LicenseStore;
  metrics: Pick<Metrics, 'holdsExpired'>;
  /** What has old rows or files. */
  prunes: {
    refusalLog: RefusalLog;
    kept: KeptResponses;
    sold: { prune(): Promise<Record<string, number>> };
    notifying: { prune(): Promise<Record<string, number>> };
    mediaFiles: MediaFiles;
    videos: VideoJobs;
  };
  following: FollowDeps;
  syncing: SyncModelsDeps;
  /** Requested when a shutdown waits no longer. */
  stopping: Cancellation;
}

type UpkeepJobs = Pick<
  JobDeps,
  'expireHolds' | 'followVideos' | 'expireLicenses' | 'closePeriods' | 'prune' | 'syncModels'
>;

export function buildUpkeep(deps: UpkeepDeps): UpkeepJobs {
  const { prisma, timeZone, ledger, licenses, metrics, following, syncing, stopping } = deps;
  const { refusalLog, kept, sold, notifying, mediaFiles, videos } = deps.prunes;
  return {
    async expireHolds() {
      const expired = await ledger.expireDue();
      metrics.holdsExpired(expired);
      return expired;
    },
    followVideos: () => followVideos(following),
    expireLicenses: () => licenses.expireDue(ROWS_A_RUN),
    closePeriods: () => closePeriods(prisma, timeZone, ROWS_A_RUN),
    async prune() {
      const removed = await eachPart<string, Record<string, number>>({
        ledger: () => prune(prisma, { timeZone, most: ROWS_A_RUN }),
        reports: async () => ({ refusals: await refusalLog.prune(ROWS_A_RUN) }),
        responses: async () => ({ responses: await kept.prune(ROWS_A_RUN) }),
        purchases: () => sold.prune(),
        notices: () => notifying.prune(),
        media: async () => ({ media_files: await mediaFiles.prune(ROWS_A_RUN) }),
        videos: async () => ({ videos: await videos.prune(ROWS_A_RUN) }),
      });
      return Object.assign({}, ...Object.values(removed));
    },
    syncModels: () => syncModels(syncing, stopping),
  };
}
