// Sends generated files to anybody who knows the address. Browsers never treat them as a page of ours.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Router } from 'express';
import { refuse } from '../domain/refusal.js';
import type { MediaFiles } from '../store/media/mediaFiles.js';
import { type Endpoint, endpoint } from './kernel/endpoint.js';
import { newRouter } from './kernel/router.js';

export const MEDIA_PATH = '/media';

export const FILE_TYPES =
  'image/png, image/jpeg, image/webp, image/gif, audio/mpeg, audio/wav, audio/flac, audio/ogg, audio/aac, video/mp4, video/webm';

export interface MediaDeps {
  mediaFiles: Pick<MediaFiles, 'open' | 'remove'>;
}

export function mediaRoutes(deps: MediaDeps): Router {
  const router = newRouter();
  router.get(`${MEDIA_PATH}/:name`, mediaEndpoint(deps).handle);
  return router;
}

export function mediaEndpoint({ mediaFiles }: MediaDeps): Endpoint {
  return endpoint(
    {
      method: 'get',
      path: `${MEDIA_PATH}/{name}`,
      summary: 'A generated image, recording or video, for 24 hours',
      access: 'public',
      query: null,
      answers: {
        200: { mediaType: FILE_TYPES },
        206: { mediaType: FILE_TYPES },
      },
    },
    async ({ params, request, response }) => {
      const isSent = await sendFile(request, response, params.name as string, mediaFiles);
      return isSent ? null : refuse('not_found', 'not_found', { what: 'file' });
    },
  );
}

/** Sends a generated file or the requested part of it. False if there is no such file any more. */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
  files: Pick<MediaFiles, 'open'>,
): Promise<boolean> {
  const file = await files.open(name);
  if (!file) return false;
  const { type, bytes } = file;
  const part = partOf(request.headers.range, bytes);
  const content = request.method === 'HEAD' ? NOTHING : await file.read(part);
  if (!content) return false;
  response.writeHead(part ? 206 : 200, {
    'Content-Type': type,
    'Content-Length': part ? part.last - part.first + 1 : bytes,
    ...(part && { 'Content-Range': `bytes ${part.first}-${part.last}/${bytes}` }),
    'Accept-Ranges': 'bytes',
    'Content-Disposition': `attachment; filename="${name.slice(-12)}"`,
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'X-Robots-Tag': 'noindex',
    'Cache-Control': 'private, max-age=3600',
  });
  await pipeline(content, response).catch(() => response.destroy());
  return true;
}

const NOTHING: Iterable<Uint8Array> = [];

/** RFC 9110 §14.2: a request for several parts, or for none that exists, may get the whole file. */
function partOf(range: string | undefined, bytes: number) {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(range ?? '') ?? [];
  if (from === '' && to === '') return null;
  const first = from === '' ? Math.max(0, bytes - Number(to)) : Number(from);
  const last = from === '' || to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1);
  return first <= last ? { first, last } : null;
}
