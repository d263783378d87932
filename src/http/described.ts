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

type Call = Omit<RouteDescription, 'method' | 'access' | 'refusals'>;

const EVENTS = 'text/event-stream';

const chat: Call = {
  path: '',
  summary: 'A chat in the MyAIHub dialect',
  body: chatBody,
  answers: { 200: { mediaType: EVENTS, json: myaihubReply } },
};

const completionBody = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({})),
  stream: z.boolean().optional(),
});

const completion: Call = {
  path: '/chat/completions',
  summary: 'A chat in OpenAI’s dialect',
  body: completionBody,
  answers: { 200: { mediaType: EVENTS, json: openaiReply } },
};

const responsesBody = z.looseObject({
  model: z.string(),
  input: z.union([z.string(), z.array(z.looseObject({}))]),
});

const response: Call = {
  path: '/responses',
  summary: 'A response in the form of OpenAI’s Responses',
  body: responsesBody.extend({
    stream: z.boolean().optional(),
    store: z.boolean().optional(),
  }),
  answers: { 200: { mediaType: EVENTS, json: responsesReply } },
};

const messagesBody = completionBody.extend({ max_tokens: z.int().positive() });

const message: Call = {
  path: '/messages',
  summary: 'A message in Anthropic’s dialect',
  body: messagesBody,
  answers: { 200: { mediaType: EVENTS, json: messagesAnswer } },
};

const messageCount: Call = {
  path: '/messages/count_tokens',
  summary: 'At most how many tokens a message of Anthropic’s dialect has; free',
  body: completionBody.omit({ stream: true }),
  answers: { 200: z.strictObject({ input_tokens: z.int().nonnegative() }) },
};

const inputCount: Call = {
  path: '/responses/input_tokens',
  summary: 'At most how many tokens the input of a response has; free',
  body: responsesBody,
  answers: {
    200: z.strictObject({
      object: z.literal('response.input_tokens'),
      input_tokens: z.int().nonnegative(),
    }),
  },
};
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
const handedOn: Call[] = [
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
const newVideo: Call = {
  path: '/videos',
  summary: 'Begins a video: a job, which GET tells of',
  body: z.looseObject({
    model,
    prompt,
    seconds: z.union([text, z.int()]).optional(),
    size: text.optional(),
    input_reference: z.looseObject({ image_url: text }).optional(),
  }),
  answers: { 200: videoAnswer },
};

const enveloped: Call[] = [
  {
    path: '/chat/completions',
    summary: 'A chat, in the envelope',
    body: completionBody,
    answers: { 200: { mediaType: EVENTS, json: envelopeAnswers.chat } },
  },
  {
    path: '/code/completions',
    summary: 'Code, in the envelope',
    body: z.looseObject({ model, prompt, language: text.optional() }),
    answers: { 200: envelopeAnswers.code },
  },
  {
    path: '/images/generations',
    summary: 'Images, by their address, in the envelope',
    body: z.looseObject({ model, prompt, size: text.optional(), style: text.optional() }),
    answers: { 200: envelopeAnswers.images },
  },
  {
    path: '/audio/generations',
    summary: 'Audio, by its address, in the envelope',
    body: z.looseObject({ model, prompt, duration: z.int().optional(), format: text.optional() }),
    answers: { 200: envelopeAnswers.audio },
  },
  {
    path: '/video/generations',
    summary: 'Begins a video, in the envelope',
    body: z.looseObject({
      model,
      prompt,
      duration: z.int().optional(),
      resolution: text.optional(),
      image_url: text.optional(),
    }),
    answers: { 202: envelopeAnswers.video },
  },
];

const estimate: Call = {
  path: '/estimate',
  summary: 'What a chat would cost at most, and whether that is left; nothing is sent',
  body: completionBody,
  answers: { 200: estimateAnswer },
};

export const DESCRIBED_ROUTES: RouteDescription[] = [
  ...below(['/api/chat_v3', '/api/chat_v3.php'], myaihubOrAdminError, [chat]),
  ...below(ROOTS, openaiError, [completion, response]),
  ...below(ROOTS, messagesError, [message, messageCount]),
  ...below(ROOTS, openaiError, [inputCount, estimate, ...handedOn, newVideo]),
  ...below([ENVELOPE], envelopeError, enveloped),
];

/** The same calls below each root. */
function below(roots: readonly string[], refusal: z.ZodType, calls: Call[]): RouteDescription[] {
  return calls.flatMap(call =>
    roots.map(root => ({
      ...call,
      method: 'post' as const,
      path: root + call.path,
      access: 'holder' as const,
      refusals: { schema: refusal },
    })),
  );
}
