// What the OpenAPI document says of routes that are not endpoints: chats are served before Express.

import { z } from 'zod';
import type { RouteDescription } from './kernel/endpoint.js';
import { myaihubOrAdminError, myaihubReply, openaiError, openaiReply } from './wire.js';

const chatBody = z.looseObject({
  api_key: z.string().optional(),
  model: z.string(),
  prompt: z.string(),
  messages: z.array(z.looseObject({})).optional(),
  image_url: z.string().optional(),
});

const EVENTS = 'text/event-stream';

const chats = ['/api/chat_v3', '/api/chat_v3.php'].map(
  (path): RouteDescription => ({
    method: 'post',
    path,
    summary: 'A chat in the MyAIHub dialect',
    access: 'holder',
    body: chatBody,
    answers: { 200: { mediaType: EVENTS, json: myaihubReply } },
    refusals: { schema: myaihubOrAdminError },
  }),
);

const completionBody = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({})),
  stream: z.boolean().optional(),
});

const completions = ['/v1/chat/completions', '/api/v1/chat/completions'].map(
  (path): RouteDescription => ({
    method: 'post',
    path,
    summary: 'A chat in OpenAI’s dialect',
    access: 'holder',
    body: completionBody,
    answers: { 200: { mediaType: EVENTS, json: openaiReply } },
    refusals: { schema: openaiError },
  }),
);

export const DESCRIBED_ROUTES: RouteDescription[] = [...chats, ...completions];
