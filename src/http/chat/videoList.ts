// The videos that a license began: a list of them, and removing one.

import { z } from 'zod';
import { requestIdOfVideo } from '../../dialects/media/videos.js';
import { refuse, refuseField } from '../../domain/refusal.js';
import { languageOf } from '../../i18n/language.js';
import { type Endpoint, endpoint } from '../kernel/endpoint.js';
import { REQUEST_ID } from '../kernel/requestId.js';
import { askerOf } from './asker.js';
import { findVideo, type VideoRouteDeps, type VideoRoutes } from './videoAccess.js';
import { type videoAnswer, videoDeleted, videosAnswer } from './wire.js';

/** Removes a video and its file from everything that is shown. Its charge stays. */
export function removeVideo({ path, refusals }: VideoRoutes, deps: VideoRouteDeps): Endpoint {
  return endpoint(
    {
      method: 'delete',
      path,
      summary: 'Removes a video that has ended, and its file',
      access: 'holder',
      query: null,
      answers: { 200: videoDeleted },
      refusals,
    },
    async ({ answer, request, response, params }) => {
      const licenseId = await askerOf(request, response, deps);
      if (typeof licenseId !== 'string') return licenseId;
      const job = await findVideo(licenseId, params.id as string, deps);
      if ('kind' in job) return job;
      if (job.endedAt === null) return UNDER_WAY;
      // The file first: if the second step fails, the same request can be sent again.
      if (job.file !== null) await deps.mediaFiles.remove(job.file);
      await deps.videos.videos.forget(licenseId, job.id);
      return answer(200, { id: params.id as string, object: 'video.deleted', deleted: true });
    },
  );
}

const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  order: z.enum(['asc', 'desc']).default('desc'),
  after: z.string().optional(),
});

export function listVideos(
  { path, dialect, refusals }: VideoRoutes,
  deps: VideoRouteDeps,
): Endpoint {
  return endpoint(
    {
      method: 'get',
      path: path.replace('/{id}', ''),
      summary: 'The videos of a license, for 7 days',
      access: 'holder',
      query: listQuery,
      answers: { 200: videosAnswer },
      refusals,
    },
    async ({ answer, request, response, query: { limit, order, after } }) => {
      const licenseId = await askerOf(request, response, deps);
      if (typeof licenseId !== 'string') return licenseId;
      const afterId = after === undefined ? undefined : requestIdOfVideo(after);
      if (after !== undefined && afterId === undefined) return refuseField('after', 'video_…');
      const which = { order, most: limit + 1, ...(afterId !== undefined && { after: afterId }) };
      const jobs = await deps.videos.videos.list(licenseId, which);
      const usage = await deps.chat.ledger.usage(licenseId);
      const language = languageOf(request.headers['accept-language'], dialect.defaultLanguage);
      const id = String(response.getHeader(REQUEST_ID));
      const data = jobs.slice(0, limit).map(job => {
        const reply = { id, language, job, usage, url: null };
        return dialect.renderVideo(reply) as z.input<typeof videoAnswer>;
      });
      return answer(200, {
        object: 'list',
        data,
        first_id: data[0]?.id ?? null,
        last_id: data.at(-1)?.id ?? null,
        has_more: jobs.length > limit,
      });
    },
  );
}

const UNDER_WAY = refuse('invalid_request', 'video_under_way', {});
