// What the OpenAPI document says of routes that are not endpoints: chats and what watches the service.

import { z } from 'zod';
import type { RouteDescription } from './endpoint.js';
import { myaihubReply, stateAnswer } from './wire.js';

const chatBody = z.looseObject({
  api_key: z.string().optional(),
  model: z.string(),
  prompt: z.string(),
  messages: z.array(z.looseObject({})).optional(),
  image_url: z.string().optional(),
});

const chats = ['/api/chat_v3', '/api/chat_v3.php'].map(
  (path): RouteDescription => ({
    method: 'post',
    path,
    summary: 'A chat in the MyAIHub dialect',
    access: 'holder',
    body: chatBody,
    answers: { 200: myaihubReply },
  }),
);

export const DESCRIBED_ROUTES: RouteDescription[] = [
  ...chats,
  {
    method: 'get',
    path: '/healthz',
    summary: 'Whether the process lives',
    access: 'public',
    answers: { 200: stateAnswer },
  },
  {
    method: 'get',
    path: '/readyz',
    summary: 'Whether chats are accepted',
    access: 'public',
    answers: { 200: stateAnswer, 503: stateAnswer },
  },
  {
    method: 'get',
    path: '/metrics',
    summary: 'Measurements for Prometheus',
    access: 'public',
    answers: { 200: { mediaType: 'text/plain' } },
  },
  {
    method: 'get',
    path: '/openapi.json',
    summary: 'This document',
    access: 'public',
    answers: { 200: z.looseObject({ openapi: z.string() }) },
  },
];
