// Describes routes that are not endpoints for the OpenAPI document: chats are served before Express.

import { z } from 'zod';
import { SPEECH_TYPES } from '../dialects/media/speech.js';
import { ENVELOPE } from './chat/envelopeHosts.js';
import { ROOTS } from './chat/roots.js';
import {
  envelopeAnswers,
  envelopeError,
  estimateAnswer,
  messagesAnswer,
  messagesError,
  myaihubReply,
  openaiAnswer,
  openaiError,
  openaiReply,
  responsesReply,
  videoAnswer,
} from './chat/wire.js';
import type { RouteDescription } from './kernel/endpoint.js';
import { myaihubOrAdminError } from './wire.js';

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

const responsesBody = z.looseObject({
  model: z.string(),
  input: z.union([z.string(), z.array(z.looseObject({}))]),
});

const responses = ['/v1/responses', '/api/v1/responses'].map(
  (path): RouteDescription => ({
    method: 'post',
    path,
    summary: 'A response in the form of OpenAI’s Responses',
    access: 'holder',
    body: responsesBody.extend({
      stream: z.boolean().optional(),
      store: z.boolean().optional(),
    }),
    answers: { 200: { mediaType: EVENTS, json: responsesReply } },
    refusals: { schema: openaiError },
  }),
);

const messagesBody = completionBody.extend({ max_tokens: z.int().positive() });

const messages = ['/v1/messages', '/api/v1/messages'].map(
  (path): RouteDescription => ({
    method: 'post',
    path,
    summary: 'A message in Anthropic’s dialect',
    access: 'holder',
    body: messagesBody,
    answers: { 200: { mediaType: EVENTS, json: messagesAnswer } },
    refusals: { schema: messagesError },
  }),
);

const counts = ['/v1/messages/count_tokens', '/api/v1/messages/count_tokens'].map(
  (path): RouteDescription => ({
    method: 'post',
    path,
    summary: 'At most how many tokens a message of Anthropic’s dialect has; free',
    access: 'holder',
    body: completionBody.omit({ stream: true }),
    answers: { 200: z.strictObject({ input_tokens: z.int().nonnegative() }) },
    refusals: { schema: messagesError },
  }),
);

const inputCounts = ['/v1/responses/input_tokens', '/api/v1/responses/input_tokens'].map(
  (path): RouteDescription => ({
    method: 'post',
    path,
    summary: 'At most how many tokens the input of a response has; free',
    access: 'holder',
    body: responsesBody,
    answers: {
      200: z.strictObject({
        object: z.literal('response.input_tokens'),
        input_tokens: z.int().nonnegative(),
      }),
    },
    refusals: { schema: openaiError },
  }),
);
const model = z.string();
const text = z.string();
const prompt = z.string();
const imageFields = {
  n: z.int().min(1).max(10).optional(),
  size: text.optional(),
  quality: text.optional(),
  background: text.optional(),
  output_format: text.optional(),
  response_format: z.enum(['b64_json', 'url']).optional(),
  stream: z.boolean().optional(),
};
const file = z.string().meta({ format: 'binary' });
const FORM = 'multipart/form-data' as const;

/** Calls that are passed on in OpenAI's form. Their answers are the upstream's, with our counters beside. */
const handedOn: Array<Omit<RouteDescription, 'method' | 'access' | 'refusals'>> = [
  {
    path: '/embeddings',
    summary: 'Vectors of texts',
    body: z.looseObject({ model, input: z.union([text, z.array(text)]) }),
    answers: { 200: openaiAnswer },
  },
  {
    path: '/moderations',
    summary: 'Whether texts are harmful; free',
    body: z.looseObject({ model: model.optional(), input: z.union([text, z.array(text)]) }),
    answers: { 200: openaiAnswer },
  },
  {
    path: '/images/generations',
    summary: 'Images from a description',
    body: z.looseObject({ model, prompt, ...imageFields }),
    answers: { 200: { mediaType: EVENTS, json: openaiAnswer } },
  },
  {
    path: '/images/edits',
    summary: 'Images from images',
    bodyType: FORM,
    body: z.looseObject({ model, prompt, image: file, mask: file.optional(), ...imageFields }),
    answers: { 200: { mediaType: EVENTS, json: openaiAnswer } },
  },
  {
    path: '/audio/speech',
    summary: 'Speech of a text, as it comes',
    body: z.looseObject({ model, input: text, voice: text, response_format: text.optional() }),
    answers: { 200: { mediaType: Object.values(SPEECH_TYPES).join(', ') } },
  },
  {
    path: '/audio/transcriptions',
    summary: 'The text of a recording',
    bodyType: FORM,
    body: z.looseObject({
      model,
      file,
      language: text.optional(),
      response_format: text.optional(),
      stream: z.boolean().optional(),
    }),
    answers: { 200: { mediaType: `${EVENTS}, text/plain`, json: openaiAnswer } },
  },
];
const media = handedOn.flatMap(route =>
  ROOTS.map(
    (root): RouteDescription => ({
      ...route,
      method: 'post',
      path: root + route.path,
      access: 'holder',
      refusals: { schema: openaiError },
    }),
  ),
);

const videos = ROOTS.map(
  (root): RouteDescription => ({
    method: 'post',
    path: `${root}/videos`,
    summary: 'Begins a video: a job, which GET tells of',
    access: 'holder',
    body: z.looseObject({
      model,
      prompt,
      seconds: z.union([text, z.int()]).optional(),
      size: text.optional(),
      input_reference: z.looseObject({ image_url: text }).optional(),
    }),
    answers: { 200: videoAnswer },
    refusals: { schema: openaiError },
  }),
);

const { chat, code, images, audio, video } = envelopeAnswers;
const envelope = [
  {
    path: '/chat/completions',
    summary: 'A chat',
    body: completionBody,
    answer: { mediaType: EVENTS, json: chat },
  },
  {
    path: '/code/completions',
    summary: 'Code',
    body: z.looseObject({ model, prompt, language: text.optional() }),
    answer: code,
  },
  {
    path: '/images/generations',
    summary: 'Images, by their address',
    body: z.looseObject({ model, prompt, size: text.optional(), style: text.optional() }),
    answer: images,
  },
  {
    path: '/audio/generations',
    summary: 'Audio, by its address',
    body: z.looseObject({ model, prompt, duration: z.int().optional(), format: text.optional() }),
    answer: audio,
  },
  {
    path: '/video/generations',
    summary: 'Begins a video',
    body: z.looseObject({
      model,
      prompt,
      duration: z.int().optional(),
      resolution: text.optional(),
      image_url: text.optional(),
    }),
    answer: video,
    status: 202,
  },
].map(
  ({ path, summary, body, answer, status = 200 }): RouteDescription => ({
    method: 'post',
    path: `${ENVELOPE}${path}`,
    summary: `${summary}, in the envelope`,
    access: 'holder',
    body,
    answers: { [status]: answer },
    refusals: { schema: envelopeError },
  }),
);

const estimates = ['/v1/estimate', '/api/v1/estimate'].map(
  (path): RouteDescription => ({
    method: 'post',
    path,
    summary: 'What a chat would cost at most, and whether that is left; nothing is sent',
    access: 'holder',
    body: completionBody,
    answers: { 200: estimateAnswer },
    refusals: { schema: openaiError },
  }),
);

export const DESCRIBED_ROUTES: RouteDescription[] = [
  ...chats,
  ...completions,
  ...responses,
  ...messages,
  ...counts,
  ...inputCounts,
  ...estimates,
  ...media,
  ...videos,
  ...envelope,
];
