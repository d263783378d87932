// Chats: POST /api/chat_v3 in the MyAIHub dialect, POST /v1/chat/completions in OpenAI's.

import type { Express } from 'express';
import type { ChatDialect } from '../dialects/dialect.js';
import { myaihub } from '../dialects/myaihubStream.js';
import { openai } from '../dialects/openai/index.js';
import { refuse } from '../domain/refusal.js';
import { answerChat, type ChatRouteDeps, refuseIn } from './answerChat.js';

export type { ChatRouteDeps };

/** On the application itself: a router of their own would cost each chat a twentieth of its time. */
export function addChatRoutes(app: Express, deps: ChatRouteDeps): void {
  addRoute(app, ['/api/chat_v3', '/api/chat_v3.php'], myaihub, deps);
  addRoute(app, ['/v1/chat/completions', '/api/v1/chat/completions'], openai, deps);
}

function addRoute(app: Express, paths: string[], dialect: ChatDialect, deps: ChatRouteDeps): void {
  app
    .route(paths)
    .post((request, response) => answerChat(request, response, dialect, deps))
    .all((request, response) => {
      const allowed = { allowed: 'POST' };
      const refusal = refuse('method_not_allowed', 'method_not_allowed', allowed);
      refuseIn(request, response, dialect, refusal);
    });
}
