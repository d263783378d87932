// Answers requests for unknown paths. It names the path that was probably meant, in the form that its clients read.

import type { Request, RequestHandler, Response } from 'express';
import { envelopeChat } from '../dialects/envelope/chat.js';
import { messages } from '../dialects/messages/index.js';
import { myaihub } from '../dialects/myaihubStream.js';
import { openai } from '../dialects/openai/index.js';
import { nearestPath } from '../domain/nearestPath.js';
import { refuse } from '../domain/refusal.js';
import { ENVELOPE } from './chat/envelopeHosts.js';
import { refuseIn } from './chat/exchange.js';
import { sendAdminRefusal } from './kernel/answering.js';

const OPENAI_PATHS = ['/v1/chat/completions', '/v1/models'];
const MESSAGES_PATH = '/v1/messages';
const MYAIHUB_PATH = '/api/chat_v3';
/** What is suggested where no path is near: the paths that most callers of a dialect use. */
const USUAL_PATHS = new Map<unknown, string[]>([
  [openai, OPENAI_PATHS],
  [messages, [MESSAGES_PATH, `${MESSAGES_PATH}/count_tokens`]],
  [envelopeChat, [`${ENVELOPE}/chat/completions`, `${ENVELOPE}/images/generations`]],
  [myaihub, [MYAIHUB_PATH]],
]);
const ENVELOPE_ROOT = /^\/envelope(\/|$)/;
/** Paths that only Anthropic's API has. */
const MESSAGES_ROOT = /^(\/api)?\/v1\/messages(\/|$)/;
/** Paths of OpenAI's API, whether we have them or not. */
const OPENAI_ROOT = /^(\/api)?\/v1(\/|$)/;

/** Paths of other APIs for what we do not have, and what to do instead. */
const NOT_SERVED: ReadonlyArray<{ path: RegExp; instead: string }> = [
  {
    path: /\/responses\/compact$/,
    instead: 'Name the last answer in "previous_response_id", or shorten "input" yourself',
  },
  {
    path: /\/responses\/[^/]+\/cancel$/,
    instead: 'No answer runs in the background: close the connection to end one',
  },
  { path: /\/(?:files|uploads)(?:\/|$)/, instead: 'Send the file itself in each request' },
  { path: /\/batches(?:\/|$)/, instead: 'Send each request by itself' },
  {
    path: /\/(?:conversations|threads|assistants)(?:\/|$)/,
    instead: 'Use POST /v1/responses, and name the last answer in "previous_response_id"',
  },
];

/** `paths` returns the paths that everybody may know. It is called once, at the first unknown path. */
export function unknownPath(paths: () => string[]): RequestHandler {
  let known: string[] | undefined;
  return (request: Request, response: Response) => {
    // Of two paths that are equally near, the first is suggested.
    known ??= [
      ...OPENAI_PATHS,
      MESSAGES_PATH,
      MYAIHUB_PATH,
      ...paths().filter(path => !path.includes('{')),
    ];
    const path = request.baseUrl + request.path;
    const isEnvelope = ENVELOPE_ROOT.test(path);
    const notServed = OPENAI_ROOT.test(path) && NOT_SERVED.find(one => one.path.test(path));
    const near = known.filter(one => ENVELOPE_ROOT.test(one) === isEnvelope);
    const meant = nearestPath(path, near);
    const dialect = dialectOf(notServed ? path : (meant ?? path)) ?? dialectOf(path);
    const suggestions = meant === null ? (USUAL_PATHS.get(dialect) ?? []) : [meant];
    const refusal = notServed
      ? refuse('not_found', 'route_not_served', { instead: notServed.instead })
      : refuse('not_found', 'route_not_found', { suggestions });
    if (dialect) refuseIn(request, response, dialect, refusal);
    else sendAdminRefusal(request, response, refusal);
  };
}

function dialectOf(path: string) {
  if (path.startsWith(MYAIHUB_PATH)) return myaihub;
  if (ENVELOPE_ROOT.test(path)) return envelopeChat;
  if (MESSAGES_ROOT.test(path)) return messages;
  return OPENAI_ROOT.test(path) ? openai : null;
}
