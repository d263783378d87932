// What the OpenAPI document says of routes that are not endpoints.

import { z } from 'zod';
import { NOT_READY, type NotReady } from '../domain/readiness.js';
import type { RouteDescription } from './kernel/endpoint.js';
import { modelAnswer, modelsAnswer, myaihubReply, openaiReply, stateAnswer } from './wire.js';

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
  }),
);

const completionBody = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({})),
  stream: z.boolean().optional(),
});

const openai = ['/v1', '/api/v1'].flatMap((root): RouteDescription[] => [
  {
    method: 'post',
    path: `${root}/chat/completions`,
    summary: 'A chat in OpenAI’s dialect',
    access: 'holder',
    body: completionBody,
    answers: { 200: { mediaType: EVENTS, json: openaiReply } },
  },
  {
    method: 'get',
    path: `${root}/models`,
    summary: 'The models; with a key, whether it may use each',
    access: 'public',
    answers: { 200: modelsAnswer },
  },
  {
    method: 'get',
    path: `${root}/models/{id}`,
    summary: 'One model',
    access: 'public',
    answers: { 200: modelAnswer },
  },
]);

const notReadyAnswer = z.strictObject({
  status: z.string(),
  reason: z.enum(Object.keys(NOT_READY) as [NotReady, ...NotReady[]]),
  message: z.string(),
});

export const DESCRIBED_ROUTES: RouteDescription[] = [
  ...chats,
  ...openai,
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
    answers: { 200: stateAnswer, 503: notReadyAnswer },
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
