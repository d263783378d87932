// Begins a video. It is admitted and held as any call, stored as a job, then sent. A client that leaves does not end
// the job (followVideos.ts).

import type { Cancellation } from '../domain/cancellation.js';
import type { Model } from '../domain/catalog.js';
import { mayBeDone } from '../domain/databaseFault.js';
import type { NativeAnswer, NativeRequest } from '../domain/native.js';
import type { Usage } from '../domain/quota.js';
import { type Refusal, refuse } from '../domain/refusal.js';
import { orderFor, type VideoJob } from '../domain/video.js';
import type { VideoJobs } from '../store/media/videoJobs.js';
import type { Admission, Arrival } from './admission.js';
import { admit, type DoneOnce, inItsPlace } from './admit.js';
import type { ChatDeps } from './chat.js';
import { AGAIN, type Replay } from './notHeld.js';
import { refusalOfFailure, settle } from './settling.js';

export type VideoRequest = NativeRequest & { video: NonNullable<NativeRequest['video']> };

export interface VideoDeps extends ChatDeps {
  videos: VideoJobs;
  /** Requested when a shutdown stops waiting. */
  stopping: Cancellation;
  /** Longer than any request takes, including retries. */
  leaseMs: number;
}

export interface StartedVideo {
  kind: 'started';
  job: VideoJob;
  /** The counters, with this video's hold. */
  usage: Usage;
  model: Model;
}

export interface VideoCaller extends Arrival {
  /** The bytes of the reply to keep for its Idempotency-Key; null if they are too large. */
  keep(started: StartedVideo): Uint8Array | null;
}

export function startVideo(
  sent: VideoRequest,
  caller: VideoCaller,
  deps: VideoDeps,
): Promise<StartedVideo | Replay | Refusal> {
  return inItsPlace(done => begun(sent, caller, done, deps));
}

async function begun(
  sent: VideoRequest,
  caller: VideoCaller,
  done: DoneOnce,
  deps: VideoDeps,
): Promise<StartedVideo | Replay | Refusal> {
  const admission = await admit(sent, caller, done, deps);
  if (admission.kind !== 'admission') return admission;
  const { video } = sent;
  const { holdId } = caller;
  const [model] = admission.models;
  const order = orderFor(video.asked, model);
  if (order.kind === 'refusal') throw new Error('a video was admitted that its model cannot make');
  const { plan } = admission.license;
  const markupPercent = deps.catalog().plans.get(plan)?.wallet?.markupPercent;
  const toOpen = { id: holdId, model: model.id, markupPercent, ...order };
  const job = await deps.videos.open(toOpen, deps.leaseMs);
  if (!job) return AGAIN;

  const native = video.callFor(order);
  const sending = await submit({ ...admission, native, order }, caller, deps);
  if (sending.kind === 'refusal') return sending;
  const { upstreamId, keyIndex } = sending;
  const licenseId = admission.license.id;
  const usage = await deps.ledger.usage(licenseId);
  const started = { kind: 'started', job, usage, model } as const;
  const { idempotency } = caller;
  const reply = idempotency && caller.keep(started);
  const kept = reply && { ...idempotency, licenseId, reply };
  const note = () => deps.videos.accepted(holdId, { upstreamId, keyIndex }, kept);
  try {
    const isNoted = await note().catch(note);
    return isNoted ? started : AGAIN;
  } catch (error) {
    deps.alert('a video may be made that is not written down', { holdId, upstreamId, err: error });
    if (!mayBeDone(error)) throw error;
    return refuse('service_unavailable', 'outcome_unknown', {}, { retryAfterSeconds: 2 });
  }
}

type Sending = Admission & {
  native: NativeRequest['native'];
  order: { seconds: number; size: string };
};

/** Sends the video, and returns the upstream's id. If that fails, the hold is voided and the job removed. */
async function submit(
  { request, license, models, isHeld, native, order }: Sending,
  { holdId, trail }: VideoCaller,
  deps: VideoDeps,
): Promise<{ kind: 'sent'; upstreamId: string; keyIndex: number } | Refusal> {
  const [{ provider }] = models;
  const askedAtMs = performance.now();
  const call = {
    holdId,
    licenseId: license.id,
    // Only a fallback that can make the same video counts.
    models: models.filter(
      ({ card: { video } }) =>
        video?.durations.includes(order.seconds) && video.resolutions.includes(order.size),
    ),
    native: { ...native, provider, path: native.paths[provider] as string },
    messages: [],
    longTexts: request.longTexts,
    options: {},
    trace: trail.trace,
  };
  const give = async (reason: string) => {
    trail.upstreamMs = performance.now() - askedAtMs;
    trail.failure = reason;
    const want = { holdId, licenseId: license.id, outcome: 'voided', reason } as const;
    const ended = await settle(want, isHeld, deps, trail.trace);
    await deps.videos.remove(holdId);
    return ended?.usage ?? null;
  };
  try {
    const reached = await deps.providers[provider].complete(call, deps.stopping);
    if (reached.kind === 'failure') {
      return refusalOfFailure(reached, provider, await give(reached.reason), 0);
    }
    trail.upstreamMs = performance.now() - askedAtMs;
    const { body } = reached.result as NativeAnswer;
    return { kind: 'sent', upstreamId: String(body.id), keyIndex: reached.tried.keyIndex };
  } catch (error) {
    await give('shutdown');
    if (deps.stopping.isRequested) return AGAIN;
    throw error;
  }
}
