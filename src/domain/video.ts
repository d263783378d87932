// Videos: jobs that an upstream works at for minutes, and what their files begin with.

import type { Model } from './catalog.js';
import type { Provider } from './provider.js';
import { type Refusal, refuseField } from './refusal.js';
import { type Signature, typeBySignature } from './signature.js';

/** A job is one of the first two, then one of the others for good. */
export const VIDEO_STATES = ['queued', 'in_progress', 'completed', 'failed'] as const;
export type VideoState = (typeof VIDEO_STATES)[number];

/** What is made: how long, and how large (`1280x720`). */
export interface VideoOrder {
  seconds: number;
  size: string;
}

/** What a caller asked for, where it said so, and what its fields are called. */
export interface AskedVideo {
  seconds?: number | undefined;
  size?: string | undefined;
  names: { seconds: string; size: string };
}

export interface VideoJob extends VideoOrder {
  /** Of its hold, which is its request's. */
  id: string;
  /** The id in our catalogue. */
  model: string;
  provider: Provider;
  state: VideoState;
  /** In per cent. */
  progress: number;
  createdAt: Date;
  endedAt: Date | null;
  /** The name of the generated file, of a completed one. */
  file: string | null;
  /** The units that it cost; undefined while it is under way. */
  charged: number | undefined;
  /** Of a failed one. */
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

/** By the end of a file's name. */
const SIGNATURES: Record<string, Signature[]> = {
  mp4: [[null, null, null, null, 0x66, 0x74, 0x79, 0x70]],
  webm: [[0x1a, 0x45, 0xdf, 0xa3]],
};

/** `mp4`, of bytes that begin as such a file does; null of others. */
export function videoTypeOf(bytes: Uint8Array): string | null {
  return typeBySignature(SIGNATURES, bytes);
}
