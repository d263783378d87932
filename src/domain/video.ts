// Videos: jobs that take an upstream minutes, and the first bytes of their files.

import type { Model } from './catalog.js';
import type { Provider } from './provider.js';
import { type Refusal, refuseField } from './refusal.js';
import { type Signature, typeBySignature } from './signature.js';

/** A job has one of the first two states, and at last one of the others. */
export const VIDEO_STATES = ['queued', 'in_progress', 'completed', 'failed'] as const;
export type VideoState = (typeof VIDEO_STATES)[number];

/** The video's length and size (such as `1280x720`). */
export interface VideoOrder {
  seconds: number;
  size: string;
}

/** What a caller asked for, and the names of its fields. Values are absent if the caller did not set them. */
export interface AskedVideo {
  seconds?: number | undefined;
  size?: string | undefined;
  names: { seconds: string; size: string };
}

export interface VideoJob extends VideoOrder {
  /** The id of its hold, which is that of its request. */
  id: string;
  /** The id in our catalogue. */
  model: string;
  provider: Provider;
  state: VideoState;
  /** In percent. */
  progress: number;
  createdAt: Date;
  endedAt: Date | null;
  /** The name of the generated file, if the job is completed. */
  file: string | null;
  /** The units that were charged; undefined while the job is under way. */
  charged: number | undefined;
  /** Set if the job failed. */
  error: VideoError | null;
}

export interface VideoError {
  code: 'upstream_failed' | 'upstream_timeout' | 'upstream_unavailable';
  /** The upstream's own words. */
  detail?: string | undefined;
}

/** What an upstream says of a job. */
export type VideoReport =
  | { kind: 'video'; state: 'queued' | 'in_progress'; progress: number | null }
  | { kind: 'video'; state: 'completed'; costMicrousd: number | null }
  /** `reason`: its own word, as `cancelled`. */
  | { kind: 'video'; state: 'failed'; reason: string; words: string | undefined };

/** What a model makes of it, with its first choice for what was not said; or what it does not make. */
export function orderFor(
  { seconds, size, names }: AskedVideo,
  { card }: Model,
): (VideoOrder & { kind: 'order' }) | Refusal {
  const { durations, resolutions } = card.video ?? { durations: [], resolutions: [] };
  if (seconds !== undefined && !durations.includes(seconds)) {
    return refuseField(names.seconds, durations.join(' | '));
  }
  if (size !== undefined && !resolutions.includes(size)) {
    return refuseField(names.size, resolutions.join(' | '));
  }
  return {
    kind: 'order',
    seconds: seconds ?? (durations[0] as number),
    size: size ?? (resolutions[0] as string),
  };
}

/** How files of each type begin, by their extension. */
const SIGNATURES: Record<string, Signature[]> = {
  mp4: [[null, null, null, null, 0x66, 0x74, 0x79, 0x70]],
  webm: [[0x1a, 0x45, 0xdf, 0xa3]],
};

/** `mp4`, of bytes that begin as such a file does; null of others. */
export function videoTypeOf(bytes: Uint8Array): string | null {
  return typeBySignature(SIGNATURES, bytes);
}
