// Video jobs: one row for each, beside its hold (docs/decisions/0079). A process that takes a job up sets the instant
// until which no other may. So one replica at a time looks after it, and if that one dies, another takes it up.

import type { Provider } from '../../domain/provider.js';
import type { VideoError, VideoJob, VideoOrder, VideoState } from '../../domain/video.js';
import { inBatches } from '../database/batches.js';
import type { Queries } from '../database/directQueries.js';
import { dateOrNull, millisecondsSql } from '../database/instants.js';
import { retryConflicts } from '../database/retryConflicts.js';
import { Prisma } from '../generated/client.js';
import { sealedAs } from '../ledger/holdOnce.js';
import { createSeal, type Seal } from '../secrets/seal.js';

/** An older job is given up, whatever its upstream says. */
const LONGEST_MS = 3 * 3_600_000;
/** The hold's lease is this much longer than the job. So the job may be left alone for that long. */
const HELD_LONGER_MS = 3_600_000;
const FIRST_POLL_MS = 5_000;
const KEPT_DAYS = 7;

export interface JobToOpen extends VideoOrder {
  /** The id of its hold. */
  id: string;
  model: string;
  /** Set if the plan sells money. */
  markupPercent: string | undefined;
}

/** The reply to the request that began the video, kept for its Idempotency-Key. */
export interface ReplyToKeep {
  licenseId: string;
  /** SHA-256 in hex. */
  idempotencyKeyDigest: string;
  reply: Uint8Array;
}

/** A job that this process has taken up. */
export interface ClaimedJob {
  id: string;
  licenseId: string;
  model: string;
  provider: Provider;
  /** Null if it is not known whether the upstream accepted it. */
  upstreamId: string | null;
  keyIndex: number;
  state: VideoState;
  progress: number;
  /** Set if the video is stored and only has to be charged. */
  file: string | null;
  costMicrousd: number | null;
  /** Null of a plan of requests. */
  markupPercent: string | null;
  /** The units of its hold. */
  held: number;
  claims: number;
  failures: number;
  ageMs: number;
  /** Whether it has taken longer than a job may. */
  isOverdue: boolean;
}

type Held = Pick<ClaimedJob, 'id' | 'claims'>;

export interface VideoJobs {
  /**
   * Call it before the video is sent. It makes the hold last as long as the job. Null if the hold has ended. If
   * `accepted` is not called within `unknownAfterMs`, it counts as unknown whether the upstream accepted the video.
   */
  open(job: JobToOpen, unknownAfterMs: number): Promise<VideoJob | null>;
  /** Notes that the upstream accepted it. A repetition is harmless. False if the job was given up meanwhile. */
  accepted(
    id: string,
    upstream: { upstreamId: string; keyIndex: number },
    kept: ReplyToKeep | null,
  ): Promise<boolean>;
  /** The upstream did not accept it. No client knows of the job yet, so it is removed. */
  remove(id: string): Promise<void>;
  /** Takes up at most `most` jobs that are due, each for `forMs`. */
  claim(most: number, forMs: number): Promise<ClaimedJob[]>;
  /** Keeps a job for longer, or leaves it until later. False if another process has taken it up since. */
  postpone(job: Held, forMs: number): Promise<boolean>;
  note(
    job: Held,
    seen: Pick<ClaimedJob, 'state' | 'progress' | 'failures'>,
    nextInMs: number,
  ): Promise<boolean>;
  /** The video is stored, and must still be charged. */
  keepFile(job: Held, file: string, costMicrousd: number | null): Promise<boolean>;
  /** Ends the job in the way in which its hold ended. */
  end(id: string, error: VideoError | null): Promise<void>;
  find(licenseId: string, id: string): Promise<VideoJob | null>;
  /** At most `most` of the videos that a license began, newest or oldest first, beginning after this one. */
  list(
    licenseId: string,
    which: { after?: string; order: Order; most: number },
  ): Promise<VideoJob[]>;
  /** Removes a video that has ended from everything that is shown. Its charge stays. */
  forget(licenseId: string, id: string): Promise<void>;
  prune(most: number): Promise<number>;
}

export type Order = 'asc' | 'desc';

export function createVideoJobs(
  queries: Queries,
  { encryptionKey }: { encryptionKey: Buffer },
): VideoJobs {
  const seal = createSeal(encryptionKey);
  const changed = async (sql: Prisma.Sql) =>
    (await retryConflicts(() => queries.$queryRaw<unknown[]>(sql))).length > 0;
  const readAll = async (where: Prisma.Sql) => {
    const rows = await queries.$queryRaw<JobRow[]>(Prisma.sql`
SELECT ${COLUMNS} FROM video_job job JOIN hold ON hold.id = job.id WHERE ${where}`);
    return rows.map(row => jobOf(row, seal));
  };
  const read = async (where: Prisma.Sql) => (await readAll(where))[0] ?? null;
  return {
    async open({ id, model, seconds, size, markupPercent = null }, unknownAfterMs) {
      const isOpen = await changed(Prisma.sql`
WITH job AS (
  INSERT INTO video_job (id, license_id, model, seconds, size, markup_percent, state, created_at,
    next_poll_at, ends_at)
  SELECT id, license_id, ${model}, ${seconds}::int, ${size}, ${markupPercent}, 'queued', sahm_now(),
    ${inMs(unknownAfterMs)}, ${inMs(LONGEST_MS)}
  FROM hold WHERE id = ${id}::uuid AND state = 'pending'
  RETURNING id, ends_at
)
UPDATE hold SET lease_ends_at = job.ends_at + ${HELD_LONGER_MS}::int * interval '1 millisecond'
FROM job WHERE hold.id = job.id AND hold.state = 'pending' RETURNING hold.id`);
      return isOpen ? read(Prisma.sql`job.id = ${id}::uuid`) : null;
    },
    async accepted(id, { upstreamId, keyIndex }, kept) {
      const accepted = Prisma.sql`
UPDATE video_job SET upstream_id = ${upstreamId}, key_index = ${keyIndex}::int,
  next_poll_at = ${inMs(FIRST_POLL_MS)}
WHERE id = ${id}::uuid AND coalesce(upstream_id, ${upstreamId}) = ${upstreamId} AND ended_at IS NULL
RETURNING id`;
      if (!kept) return changed(accepted);
      const { licenseId, idempotencyKeyDigest, reply } = kept;
      return changed(Prisma.sql`
WITH job AS (${accepted}),
kept AS (
  UPDATE idempotency_claim SET reply = ${seal.close(reply, sealedAs(id))}::bytea
  WHERE license_id = ${licenseId}::uuid AND key_digest = decode(${idempotencyKeyDigest}, 'hex')
    AND hold_id IN (SELECT id FROM job)
)
SELECT id FROM job`);
    },
    async remove(id) {
      await changed(
        Prisma.sql`DELETE FROM video_job WHERE id = ${id}::uuid AND upstream_id IS NULL RETURNING id`,
      );
    },
    claim: (most, forMs) =>
      retryConflicts(() =>
        queries.$queryRaw<ClaimedJob[]>(Prisma.sql`
WITH due AS (
  SELECT id FROM video_job WHERE ended_at IS NULL AND next_poll_at <= sahm_now()
  ORDER BY next_poll_at LIMIT ${most}::int FOR UPDATE SKIP LOCKED
)
UPDATE video_job job SET claims = claims + 1, next_poll_at = ${inMs(forMs)}
FROM due JOIN hold USING (id) WHERE job.id = due.id
RETURNING job.id::text, job.license_id::text AS "licenseId", job.model, hold.provider,
  upstream_id AS "upstreamId", key_index AS "keyIndex", job.state, progress, file,
  job.cost_microusd::float8 AS "costMicrousd", markup_percent AS "markupPercent",
  hold.units::float8 AS held, claims, failures,
  ${millisecondsSql(Prisma.sql`(sahm_now() - job.created_at)`)} AS "ageMs",
  ends_at <= sahm_now() AS "isOverdue"`),
      ),
    postpone: (job, forMs) =>
      changed(Prisma.sql`
UPDATE video_job SET next_poll_at = ${inMs(forMs)} WHERE ${isStillOf(job)} RETURNING id`),
    note: (job, { state, progress, failures }, nextInMs) =>
      changed(Prisma.sql`
UPDATE video_job SET state = ${state}, progress = ${progress}::int, failures = ${failures}::int,
  next_poll_at = ${inMs(nextInMs)}
WHERE ${isStillOf(job)} RETURNING id`),
    keepFile: (job, file, costMicrousd) =>
      changed(Prisma.sql`
UPDATE video_job SET file = ${file}, cost_microusd = ${costMicrousd}::bigint
WHERE ${isStillOf(job)} RETURNING id`),
    async end(id, error) {
      const detail = error?.detail === undefined ? null : seal.close(error.detail, placeOf(id));
      await changed(Prisma.sql`
UPDATE video_job job SET ended_at = sahm_now(), error_detail = ${detail}::bytea,
  error_code = CASE WHEN hold.state <> 'posted' THEN ${error?.code ?? 'upstream_failed'}::text END,
  state = CASE hold.state WHEN 'posted' THEN 'completed' ELSE 'failed' END,
  progress = CASE hold.state WHEN 'posted' THEN 100 ELSE progress END
FROM hold WHERE job.id = ${id}::uuid AND hold.id = job.id AND hold.state <> 'pending'
  AND job.ended_at IS NULL RETURNING job.id`);
    },
    find: (licenseId, id) =>
      read(Prisma.sql`job.id = ${id}::uuid AND job.license_id = ${licenseId}::uuid`),
    list(licenseId, { after, order, most }) {
      const isAscending = order === 'asc';
      const further = isAscending ? Prisma.sql`>` : Prisma.sql`<`;
      const direction = isAscending ? Prisma.sql`ASC` : Prisma.sql`DESC`;
      const rest =
        after === undefined ? Prisma.empty : Prisma.sql`AND job.id ${further} ${after}::uuid`;
      return readAll(Prisma.sql`
job.license_id = ${licenseId}::uuid ${rest} ORDER BY job.id ${direction} LIMIT ${most}::int`);
    },
    async forget(licenseId, id) {
      await changed(Prisma.sql`
DELETE FROM video_job WHERE id = ${id}::uuid AND license_id = ${licenseId}::uuid
  AND ended_at IS NOT NULL RETURNING id`);
    },
    prune: most =>
      inBatches(most, async limit => {
        const rows = await queries.$queryRaw<unknown[]>(Prisma.sql`
DELETE FROM video_job WHERE id IN (
  SELECT id FROM video_job
  WHERE created_at <= sahm_now() - ${KEPT_DAYS}::int * interval '1 day' AND ended_at IS NOT NULL
  ORDER BY created_at LIMIT ${limit}::int FOR UPDATE SKIP LOCKED)
RETURNING id`);
        return rows.length;
      }),
  };
}

function inMs(ms: number): Prisma.Sql {
  return Prisma.sql`sahm_now() + ${ms}::int * interval '1 millisecond'`;
}

/** True only for the process that took the job up last. A slower one changes nothing any more. */
function isStillOf({ id, claims }: Held): Prisma.Sql {
  return Prisma.sql`id = ${id}::uuid AND claims = ${claims}::int AND ended_at IS NULL`;
}

function placeOf(id: string): string {
  return `video ${id}`;
}

interface JobRow extends VideoOrder {
  id: string;
  model: string;
  provider: Provider;
  state: VideoState;
  progress: number;
  createdAt: number;
  endedAt: number | null;
  file: string | null;
  units: number;
  errorCode: VideoError['code'] | null;
  errorDetail: Uint8Array | null;
}

const COLUMNS = Prisma.sql`
job.id::text, job.model, hold.provider, seconds, size, job.state, progress,
  ${millisecondsSql(Prisma.sql`job.created_at`)} AS "createdAt",
  ${millisecondsSql(Prisma.sql`job.ended_at`)} AS "endedAt", file, hold.units::float8 AS units,
  error_code AS "errorCode", error_detail AS "errorDetail"`;

function jobOf(row: JobRow, seal: Seal): VideoJob {
  const { createdAt, endedAt, units, errorCode, errorDetail, file, ...job } = row;
  const isMade = job.state === 'completed';
  const ended = isMade ? units : 0;
  return {
    ...job,
    createdAt: new Date(createdAt),
    endedAt: dateOrNull(endedAt),
    // A file that is stored but not charged yet belongs to nobody.
    file: isMade ? file : null,
    charged: endedAt === null ? undefined : ended,
    error: errorCode && {
      code: errorCode,
      detail: errorDetail ? seal.open(errorDetail, placeOf(job.id)).toString() : undefined,
    },
  };
}
