// GET /v1/videos/{id} and its content, for whoever has a key of its license.

import type { Router } from 'express';
import { z } from 'zod';
import type { VideoDialect } from '../../dialects/dialect.js';
import { envelopeVideos } from '../../dialects/envelope/videos.js';
import { videos } from '../../dialects/media/videos.js';
import { refuse, refuseField } from '../../domain/refusal.js';
import { languageOf } from '../../i18n/language.js';
import { type RefusalForm, refuseUndecodable } from '../kernel/answering.js';
import { type Endpoint, endpoint, mountEndpoints } from '../kernel/endpoint.js';
import { REQUEST_ID } from '../kernel/requestId.js';
import { newRouter } from '../kernel/router.js';
import { FILE_TYPES, sendFile } from '../media.js';
import { askerOf } from './asker.js';
import { ENVELOPE } from './envelopeHosts.js';
import { fileUrl, refuseIn } from './exchange.js';
import { ROOTS } from './roots.js';
import { findVideo, type VideoRouteDeps, type VideoRoutes } from './videoAccess.js';
import { listVideos, removeVideo } from './videoList.js';
import { envelopeAnswers, envelopeError, openaiError, videoAnswer } from './wire.js';

const ROUTES: VideoRoutes[] = [
  ...ROOTS.map(root => ({
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
  return [
    ...shown,
    ...fetched.flatMap(route => [
      fetchVideo(route, deps),
      removeVideo(route, deps),
      listVideos(route, deps),
    ]),
  ];
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
      if (variant !== 'video') return refuseField('variant', '"video"');
      const job = await findVideo(licenseId, params.id as string, deps);
      if ('kind' in job) return job;
      if (job.file === null) return NO_FILE;
      const isSent = await sendFile(request, response, job.file, deps.mediaFiles);
      return isSent ? null : NO_FILE;
    },
  );
}

const NO_FILE = refuse('not_found', 'not_found', { what: 'file' });
