// Asks upstreams how far their videos are, and ends each job: a video is stored and then charged, or free. One replica
// at a time looks after a job (videoJobs.ts). If its process is killed, another one takes the job up.

import { type Amount, amountOfMicrodollars, charged } from '../domain/bound/amount.js';
import { type Cancellation, CancelledError } from '../domain/cancellation.js';
import type { UpstreamFailure } from '../domain/chat.js';
import type { PerProvider } from '../domain/provider.js';
import type { VideoError } from '../domain/video.js';
import type { ChatGateway } from '../providers/gateway.js';
import type { ClaimedJob, VideoJobs } from '../store/media/videoJobs.js';
import type { MediaFiles } from './chat.js';
import { type SettlingDeps, tellOfSlip } from './settling.js';

export interface FollowDeps extends Pick<SettlingDeps, 'ledger' | 'alert' | 'slipped'> {
  videos: VideoJobs;
  providers: PerProvider<ChatGateway>;
  files: MediaFiles;
  /** Requested when a shutdown begins. */
  ending: Cancellation;
  /** The deadline of a request to an upstream. */
  timeoutMs: number;
}

const AT_ONCE = 4;
/** How soon to look for jobs that became due meanwhile. */
const LOOK_AGAIN_MS = 1_000;
const SHORTEST_MS = 5_000;
const LONGEST_MS = 30_000;
const LONGEST_AFTER_FAILURES_MS = 60_000;
/** Time for the work in the database. */
const MARGIN_MS = 15_000;
/** Right after it accepted a video, an upstream may not know it on all its servers. */
const UNKNOWN_IS_FINAL_AFTER_MS = 120_000;

export interface Followed {
  asked: number;
  completed: number;
  failed: number;
}

type Outcome = 'asked' | 'completed' | 'failed';

/** Runs until no job is due. */
export async function followVideos(deps: FollowDeps): Promise<Followed> {
  const counts: Followed = { asked: 0, completed: 0, failed: 0 };
  const underWay = new Set<Promise<void>>();
  const claimMs = Math.min(deps.timeoutMs, REPORT_MS) + MARGIN_MS;
  const claim = (most: number) =>
    deps.videos.claim(most, claimMs).catch(async error => {
      await Promise.all(underWay);
      throw error;
    });
  for (;;) {
    const room = deps.ending.isRequested ? 0 : AT_ONCE - underWay.size;
    const due = room > 0 ? await claim(room) : [];
    for (const job of due) {
      const followed = followOne(job, deps)
        .then(outcome => {
          counts[outcome] += 1;
        })
        .finally(() => underWay.delete(followed));
      underWay.add(followed);
    }
    if (underWay.size === 0) return counts;
    await Promise.race([...underWay, soon()]);
  }
}

const REPORT_MS = 20_000;

function soon(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, LOOK_AGAIN_MS).unref());
}

/** A job that cannot be followed now is left to the process that takes it up next. */
async function followOne(job: ClaimedJob, deps: FollowDeps): Promise<Outcome> {
  try {
    return await follow(job, deps);
  } catch (error) {
    if (error instanceof CancelledError) {
      await deps.videos.postpone(job, 0).catch(() => {});
      return 'asked';
    }
    deps.alert('a video could not be followed', { holdId: job.id, err: error });
    if (!job.isOverdue) return 'asked';
    return giveUp(job, 'fault', { code: 'upstream_failed' }, deps).catch(() => 'asked' as const);
  }
}

async function follow(job: ClaimedJob, deps: FollowDeps): Promise<Outcome> {
  const { id, model, upstreamId, keyIndex, provider } = job;
  if (job.file !== null) return charge(job, job.costMicrousd, deps);
  if (upstreamId === null) {
    deps.alert('nobody knows whether a video is made: it is given up', { holdId: id, model });
    return giveUp(job, 'submission_unknown', { code: 'upstream_failed' }, deps);
  }
  const video = { holdId: id, model, upstreamId, keyIndex };
  const report = await deps.providers[provider].readVideo(video, deps.ending);
  if (report.kind === 'failure') return missed(job, report, deps);
  switch (report.state) {
    case 'failed': {
      const error = { code: 'upstream_failed', detail: report.words } as const;
      return giveUp(job, `upstream_${report.reason}`, error, deps);
    }
    case 'completed':
      return store(job, video, report.costMicrousd, deps);
    default: {
      if (job.isOverdue) return giveUp(job, 'overdue', { code: 'upstream_timeout' }, deps);
      const progress = Math.max(job.progress, report.progress ?? 0);
      const seen = { state: report.state, progress, failures: 0 };
      await deps.videos.note(job, seen, pauseAfter(job.ageMs));
      return 'asked';
    }
  }
}

/** A tenth of the job's age: a client that waited for minutes can wait for some more seconds. */
function pauseAfter(ageMs: number): number {
  return Math.round(Math.min(Math.max(ageMs / 10, SHORTEST_MS), LONGEST_MS));
}

/** The upstream could not be asked. The video may be in progress all the same. */
async function missed(
  job: ClaimedJob,
  { code, reason }: UpstreamFailure,
  deps: FollowDeps,
): Promise<Outcome> {
  const isUnknown = reason === 'status_404' && job.ageMs > UNKNOWN_IS_FINAL_AFTER_MS;
  if (isUnknown) return giveUp(job, 'upstream_unknown', { code: 'upstream_failed' }, deps);
  if (job.isOverdue) {
    const error = { code: code === 'invalid_request' ? 'upstream_failed' : code } as const;
    return giveUp(job, reason, error, deps);
  }
  const failures = job.failures + 1;
  const pauseMs = Math.min(SHORTEST_MS * 2 ** Math.min(failures, 10), LONGEST_AFTER_FAILURES_MS);
  await deps.videos.note(job, { ...job, failures }, pauseMs);
  return 'asked';
}

/** Stores the file before the charge, so that a charged video can always be fetched. */
async function store(
  job: ClaimedJob,
  video: Parameters<ChatGateway['fetchVideo']>[0],
  costMicrousd: number | null,
  deps: FollowDeps,
): Promise<Outcome> {
  if (!(await deps.videos.postpone(job, deps.timeoutMs + MARGIN_MS))) return 'asked';
  const file = await deps.providers[job.provider].fetchVideo(video, deps.ending);
  if (file.kind === 'failure' && file.reason !== 'too_large') return missed(job, file, deps);
  const kept = file.kind === 'failure' ? null : await deps.files.put(file.bytes);
  if (!kept) {
    const reason = file.kind === 'failure' ? file.reason : 'no_video';
    deps.alert('what an upstream made is no video that can be kept', { holdId: job.id, reason });
    return giveUp(job, reason, { code: 'upstream_failed' }, deps);
  }
  if (!(await deps.videos.keepFile(job, kept.name, costMicrousd))) return 'asked';
  return charge(job, costMicrousd, deps);
}

async function charge(
  { id, licenseId, model, markupPercent, held }: ClaimedJob,
  costMicrousd: number | null,
  deps: FollowDeps,
): Promise<Outcome> {
  const units = unitsOf(costMicrousd, markupPercent);
  const post = {
    holdId: id,
    licenseId,
    outcome: 'posted',
    reason: 'success',
    costMicrousd,
    units,
  } as const;
  const settled = await deps.ledger.settle(post);
  if (units !== undefined && settled.kind === 'ended') {
    tellOfSlip(held, units, settled.charged ?? units, { holdId: id, model }, deps);
  }
  // If a process died right after the post, the hold is posted already.
  const isPosted = settled.kind === 'ended' || settled.state === 'posted';
  if (!isPosted) deps.alert('a video was made after its hold had ended', { holdId: id });
  await deps.videos.end(id, isPosted ? null : { code: 'upstream_timeout' });
  return isPosted ? 'completed' : 'failed';
}

/** For a wallet, the cost that the upstream tells. Undefined: all that is held is charged, by the catalogue's price. */
function unitsOf(costMicrousd: number | null, markupPercent: string | null): number | undefined {
  if (costMicrousd === null || markupPercent === null) return undefined;
  return charged(amountOfMicrodollars(String(costMicrousd)) as Amount, markupPercent);
}

async function giveUp(
  { id, licenseId }: ClaimedJob,
  reason: string,
  error: VideoError,
  deps: FollowDeps,
): Promise<Outcome> {
  await deps.ledger.settle({ holdId: id, licenseId, outcome: 'voided', reason });
  await deps.videos.end(id, error);
  return 'failed';
}
