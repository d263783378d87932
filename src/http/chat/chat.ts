// Chats: POST /api/chat_v3 in the MyAIHub dialect, POST /v1/chat/completions in OpenAI's.

import type { RequestListener } from 'node:http';
import type { Express } from 'express';
import type { ChatDialect } from '../../dialects/dialect.js';
import { myaihub } from '../../dialects/myaihubStream.js';
import { openai } from '../../dialects/openai/index.js';
import { withSingleSlashes } from '../../domain/nearestPath.js';
import { refuse } from '../../domain/refusal.js';
import { answerChat, type ChatRouteDeps, refuseIn } from './answerChat.js';

export type { ChatRouteDeps };

const PATHS: Array<{ paths: string[]; dialect: ChatDialect }> = [
  { paths: ['/api/chat_v3', '/api/chat_v3.php'], dialect: myaihub },
  { paths: ['/v1/chat/completions', '/api/v1/chat/completions'], dialect: openai },
];

/** What answers a POST, by path: written like this it need not go through Express. */
export function chatListeners(deps: ChatRouteDeps): Map<string, RequestListener> {
  const listeners = PATHS.flatMap(({ paths, dialect }) => {
    const listener: RequestListener = (request, response) => {
      answerChat(request, response, dialect, deps).catch(error => {
        deps.log.error({ err: error }, 'a chat could not be answered');
        response.destroy();
      });
    };
    return paths.map(path => [path, listener] as const);
  });
  return new Map(listeners);
}

/** Clients join a base URL and a path with two slashes; only of theirs, for a proxy's rules name the others. */
const CLIENTS_PATH = /^\/+(api\/+)?(v1|chat_v3)\b/;

/** Every other way to write these paths, and every other method. */
export function addChatRoutes(app: Express, deps: ChatRouteDeps): void {
  app.use((request, _response, next) => {
    if (CLIENTS_PATH.test(request.url)) {
      request.url = request.url.replace(/^[^?]*/, withSingleSlashes);
    }
    next();
  });
  for (const { paths, dialect } of PATHS) {
    app
      .route(paths)
      .post((request, response) => answerChat(request, response, dialect, deps))
      .all((request, response) => {
        const allowed = { allowed: 'POST' };
        const refusal = refuse('method_not_allowed', 'method_not_allowed', allowed);
        refuseIn(request, response, dialect, refusal);
      });
  }
}
