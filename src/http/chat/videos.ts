// Begins videos, and answers GET /v1/videos/{id} and its content for callers with a key of the video's license.

import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import type { VideoDialect } from '../../dialects/dialect.js';
import { envelopeVideos } from '../../dialects/envelope/videos.js';
import { requestIdOfVideo, videos } from '../../dialects/media/videos.js';
import { rateOf } from '../../domain/rate.js';
import { type Refusal, refuse, refuseField } from '../../domain/refusal.js';
import type { VideoJob } from '../../domain/video.js';
import { rateLimitOf } from '../../flows/limits.js';
import {
  type StartedVideo,
  startVideo,
  type VideoDeps,
  type VideoRequest,
} from '../../flows/startVideo.js';
import { languageOf } from '../../i18n/language.js';
import { type RefusalForm, refuseUndecodable } from '../kernel/answering.js';
import { type Endpoint, endpoint, mountEndpoints } from '../kernel/endpoint.js';
import { REQUEST_ID } from '../kernel/requestId.js';
import { chargedHeaders, JSON_TYPE, sendWhole, setRateLimitHeaders } from '../kernel/respond.js';
import { newRouter } from '../kernel/router.js';
import { FILE_TYPES, type MediaDeps, sendFile } from '../media.js';
import { ENVELOPE } from './envelopeHosts.js';
import { arrivalOf, type ChatRouteDeps, type Exchange, fileUrl, refuseIn } from './exchange.js';
import { packReply, sendReplay } from './idempotency.js';
import { usableLicenseOf } from './responses.js';
import { envelopeAnswers, envelopeError, openaiError, videoAnswer } from './wire.js';

export interface VideoRouteDeps extends Pick<ChatRouteDeps, 'chat' | 'publicUrl'>, MediaDeps {
  videos: VideoDeps;
}

/** Begins a video. It goes on even if the client leaves. */
export async function answerVideo(exchange: Exchange): Promise<void> {
  const { request, response, deps, id, note, parsed } = exchange;
  const dialect = exchange.dialect as VideoDialect;
  const language = languageOf(request.headers['accept-language'], dialect.defaultLanguage);
  const render = ({ job, usage }: StartedVideo) =>
    JSON.stringify(dialect.renderVideo({ id, language, job, usage, url: null }));
  // The cost is not known yet.
  const charged = undefined;
  const outcome = await startVideo(
    parsed as VideoRequest,
    {
      ...arrivalOf(exchange),
      keep: started => packReply(Buffer.from(render(started)), JSON_TYPE, { ...started, charged }),
    },
    deps.videos,
  );
  if (outcome.kind === 'refusal') return refuseIn(request, response, dialect, outcome, id);
  if (outcome.kind === 'replay') {
    note.isReplay = true;
    response.setHeader(REQUEST_ID, id);
    response.statusCode = dialect.startStatus;
    return sendReplay(response, outcome.kept);
  }
  const { usage, model } = outcome;
  note.answeredBy = model;
  const headers = { [REQUEST_ID]: id, ...chargedHeaders(usage, model.provider, charged) };
  sendWhole(response, render(outcome), headers, dialect.startStatus);
}

interface VideoRoutes {
  path: string;
  dialect: VideoDialect;
  answer: z.ZodType;
  refusals: RefusalForm;
}

const ROUTES: VideoRoutes[] = [
  ...['/v1', '/api/v1'].map(root => ({
    path: `${root}/videos/{id}`,
    dialect: videos,
    answer: videoAnswer,
    refusals: refusalsIn(videos, openaiError),
  })),
  {
    path: `${ENVELOPE}/video/generations/{id}`,
    dialect: envelopeVideos,
    answer: envelopeAnswers.video,
    refusals: refusalsIn(envelopeVideos, envelopeError),
  },
];

function refusalsIn(dialect: VideoDialect, schema: z.ZodType): RefusalForm {
  return {
    schema,
    send: (request, response, refusal) => refuseIn(request, response, dialect, refusal),
  };
}

export function videoRoutes(deps: VideoRouteDeps): Router {
  const router = newRouter();
  mountEndpoints(router, videoEndpoints(deps));
  router.use(ENVELOPE, refuseUndecodable(refusalsIn(envelopeVideos, envelopeError)));
  router.use(refuseUndecodable(refusalsIn(videos, openaiError)));
  return router;
}

export function videoEndpoints(deps: VideoRouteDeps): Endpoint[] {
  const shown = ROUTES.map(route => showVideo(route, deps));
  // The envelope has no such route: its clients get an address.
  const fetched = ROUTES.filter(({ dialect }) => dialect === videos);
  return [...shown, ...fetched.map(route => fetchVideo(route, deps))];
}

/** Shows the state in the database, so that clients who poll often cause no calls to the upstream. */
function showVideo({ path, dialect, answer: schema, refusals }: VideoRoutes, deps: VideoRouteDeps) {
  return endpoint(
    {
      method: 'get',
      path,
      summary: 'How far a video is',
      access: 'holder',
      query: null,
      answers: { 200: schema },
      refusals,
    },
    async ({ answer, request, response, params }) => {
      const licenseId = await askerOf(request, response, deps);
      if (typeof licenseId !== 'string') return licenseId;
      const job = await findVideo(licenseId, params.id as string, deps);
      if ('kind' in job) return job;
      const usage = await deps.chat.ledger.usage(licenseId);
      const language = languageOf(request.headers['accept-language'], dialect.defaultLanguage);
      const url = job.file && fileUrl(request, job.file, deps.publicUrl);
      const id = String(response.getHeader(REQUEST_ID));
      return answer(200, dialect.renderVideo({ id, language, job, usage, url }));
    },
  );
}

function fetchVideo({ path, refusals }: VideoRoutes, deps: VideoRouteDeps): Endpoint {
  const mediaType = FILE_TYPES;
  return endpoint(
    {
      method: 'get',
      path: `${path}/content`,
      summary: 'The file of a video that is made, for 24 hours',
      access: 'holder',
      query: z.object({ variant: z.string().optional() }),
      answers: { 200: { mediaType }, 206: { mediaType } },
      refusals,
    },
    async ({ request, response, params, query: { variant = 'video' } }) => {
      const licenseId = await askerOf(request, response, deps);
      if (typeof licenseId !== 'string') return licenseId;
      if (variant !== 'video') return refuseField('variant', 'video');
      const job = await findVideo(licenseId, params.id as string, deps);
      if ('kind' in job) return job;
      if (job.file === null) return NO_FILE;
      const isSent = await sendFile(request, response, job.file, deps.mediaFiles);
      return isSent ? null : NO_FILE;
    },
  );
}

/** The id of the caller's license. Polling counts in the rate limit, as beginning a video does. */
async function askerOf(
  request: Request,
  response: Response,
  deps: VideoRouteDeps,
): Promise<string | Refusal> {
  const license = await usableLicenseOf(request, deps);
  if ('kind' in license) return license;
  const { rates, catalog } = deps.chat;
  const rateLimit = rateLimitOf(license, catalog());
  if (rateLimit === null) return license.id;
  const spent = await rates.spend(license.id, rateLimit);
  const limited = rateOf({ rateLimit }, spent, rate => setRateLimitHeaders(response, rate));
  return limited ?? license.id;
}

const NOT_FOUND = refuse('not_found', 'not_found', { what: 'video' });
const NO_FILE = refuse('not_found', 'not_found', { what: 'file' });

/** Another license's video counts as not found. */
async function findVideo(
  licenseId: string,
  videoId: string,
  deps: VideoRouteDeps,
): Promise<VideoJob | Refusal> {
  const id = requestIdOfVideo(videoId);
  const job = id === undefined ? null : await deps.videos.videos.find(licenseId, id);
  return job ?? NOT_FOUND;
}
