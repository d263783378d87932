// Who may ask for a video: whoever has a key of the license that began it.

import type { z } from 'zod';
import type { VideoDialect } from '../../dialects/dialect.js';
import { requestIdOfVideo } from '../../dialects/media/videos.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import type { VideoJob } from '../../domain/video.js';
import type { VideoDeps } from '../../flows/startVideo.js';
import type { RefusalForm } from '../kernel/answering.js';
import type { MediaDeps } from '../media.js';
import type { ChatRouteDeps } from './exchange.js';

export interface VideoRouteDeps extends Pick<ChatRouteDeps, 'chat' | 'publicUrl'>, MediaDeps {
  videos: VideoDeps;
}

export interface VideoRoutes {
  path: string;
  dialect: VideoDialect;
  answer: z.ZodType;
  refusals: RefusalForm;
}

const NOT_FOUND = refuse('not_found', 'not_found', { what: 'video' });

/** A video of another license counts as not found. */
export async function findVideo(
  licenseId: string,
  videoId: string,
  deps: VideoRouteDeps,
): Promise<VideoJob | Refusal> {
  const id = requestIdOfVideo(videoId);
  const job = id === undefined ? null : await deps.videos.videos.find(licenseId, id);
  return job ?? NOT_FOUND;
}
