// What answers where there is nothing: it names the path that was probably meant, in the form that clients
// of that path read.

import type { Request, RequestHandler, Response } from 'express';
import { messages } from '../dialects/messages/index.js';
import { myaihub } from '../dialects/myaihubStream.js';
import { openai } from '../dialects/openai/index.js';
import { nearestPath } from '../domain/nearestPath.js';
import { refuse } from '../domain/refusal.js';
import { refuseIn } from './chat/exchange.js';
import { sendAdminRefusal } from './kernel/answering.js';

const OPENAI_PATHS = ['/v1/chat/completions', '/v1/models'];
const MESSAGES_PATH = '/v1/messages';
const MYAIHUB_PATH = '/api/chat_v3';
/** Addresses of Anthropic's API that no other has. */
const MESSAGES_ROOT = /^(\/api)?\/v1\/messages(\/|$)/;
/** Addresses of OpenAI's API, whether we have them or not. */
const OPENAI_ROOT = /^(\/api)?\/v1(\/|$)/;

/** `paths` gives those that everybody may know. It is asked once, at the first path that there is not. */
export function unknownPath(paths: () => string[]): RequestHandler {
  let known: string[] | undefined;
  return (request: Request, response: Response) => {
    // The first of two that are as near is meant.
    known ??= [
      ...OPENAI_PATHS,
      MESSAGES_PATH,
      MYAIHUB_PATH,
      ...paths().filter(path => !path.includes('{')),
    ];
    const meant = nearestPath(request.path, known);
    const dialect = dialectOf(meant ?? request.path) ?? dialectOf(request.path);
    const others = dialect === openai ? OPENAI_PATHS : [];
    const suggestions = meant === null ? others : [meant];
    const refusal = refuse('not_found', 'route_not_found', { suggestions });
    if (dialect) refuseIn(request, response, dialect, refusal);
    else sendAdminRefusal(request, response, refusal);
  };
}

function dialectOf(path: string) {
  if (path === MYAIHUB_PATH) return myaihub;
  if (MESSAGES_ROOT.test(path)) return messages;
  return OPENAI_ROOT.test(path) ? openai : null;
}
