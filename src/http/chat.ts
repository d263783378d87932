// Chats: POST /api/chat_v3 in the MyAIHub dialect, POST /v1/chat/completions in OpenAI's.

import { Router } from 'express';
import type { ChatDialect } from '../dialects/dialect.js';
import { myaihub } from '../dialects/myaihubStream.js';
import { openai } from '../dialects/openai/index.js';
import { refuse } from '../domain/refusal.js';
import { answerChat, type ChatRouteDeps, refuseIn } from './answerChat.js';

export type { ChatRouteDeps };

export function chatRoutes(deps: ChatRouteDeps): Router {
  const router = Router();
  addRoute(router, ['/api/chat_v3', '/api/chat_v3.php'], myaihub, deps);
  addRoute(router, ['/v1/chat/completions', '/api/v1/chat/completions'], openai, deps);
  return router;
}

function addRoute(
  router: Router,
  paths: string[],
  dialect: ChatDialect,
  deps: ChatRouteDeps,
): void {
  router
    .route(paths)
    .post((request, response) => answerChat(request, response, dialect, deps))
    .all((request, response) => {
      const allowed = { allowed: 'POST' };
      const refusal = refuse('method_not_allowed', 'method_not_allowed', allowed);
      refuseIn(request, response, dialect, refusal);
    });
}
