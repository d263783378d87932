// The schemas of the answers of chats and of the list of models, also for the OpenAPI document.

import { z } from 'zod';
import { VIDEO_STATES } from '../../domain/video.js';
import { count, instant, text } from '../kernel/wireForms.js';
import { breakdown, provider, usage, usageFields } from '../wire.js';

const videoError = z.strictObject({ code: text, message: text });
/** Exactly the fields of seed 003 §6. */
export const myaihubReply = z.strictObject({
  error: z.literal(false),
  reply: text,
  model: text,
  source: provider,
  plan: text,
  ...usageFields,
  cost_microusd: count.optional(),
});
export const openaiError = z.strictObject({
  error: z.looseObject({
    message: text,
    type: text,
    param: text.nullable(),
    code: text.nullable(),
  }),
  /** Without a balance where it is not known whose quota the request is for. */
  quota: z
    .strictObject({
      ...usage.partial({ used: true, limit: true, remaining: true }).shape,
      resets_at: instant,
      charged: count.optional(),
    })
    .optional(),
  usage_breakdown: breakdown.optional(),
});
/** OpenAI's fields, and our own beside them. */
export const openaiReply = z.looseObject({
  id: text,
  object: text,
  model: text,
  choices: z.array(z.looseObject({})),
  quota: z.strictObject({
    ...usage.shape,
    resets_at: instant,
    charged: count,
    max_tokens_reduced_to: count.optional(),
  }),
  usage_breakdown: breakdown,
  cost_microusd: count.optional(),
});
/** A response of Open Responses, and our own fields beside. */
export const responsesReply = openaiReply.omit({ choices: true }).extend({
  object: z.literal('response'),
  status: z.enum(['completed', 'incomplete', 'failed', 'in_progress']),
  output: z.array(z.looseObject({ type: text })),
  store: z.boolean(),
});
export const keptResponse = responsesReply.omit({ quota: true, usage_breakdown: true });
export const responseDeleted = z.strictObject({
  id: text,
  object: z.literal('response'),
  deleted: z.literal(true),
});
export const inputItemsAnswer = z.strictObject({
  object: z.literal('list'),
  data: z.array(z.looseObject({ id: text, type: text })),
  first_id: text.nullable(),
  last_id: text.nullable(),
  has_more: z.boolean(),
});
/** An answer that is passed on in OpenAI's form, and our own fields beside. */
export const openaiAnswer = openaiReply.pick({
  model: true,
  quota: true,
  usage_breakdown: true,
  cost_microusd: true,
});
/** A video as OpenAI's API had it, and our own fields beside. The cost appears once it is known. */
export const videoAnswer = z.strictObject({
  id: text,
  object: z.literal('video'),
  model: text,
  status: z.enum(VIDEO_STATES),
  progress: count,
  created_at: count,
  completed_at: count.nullable(),
  expires_at: count.nullable(),
  seconds: text,
  size: text,
  error: videoError.nullable(),
  quota: z.strictObject({ ...usage.shape, resets_at: instant, charged: count.optional() }),
  usage_breakdown: breakdown,
  cost_microusd: count.optional(),
});
export const videosAnswer = z.strictObject({
  object: z.literal('list'),
  data: z.array(videoAnswer),
  first_id: text.nullable(),
  last_id: text.nullable(),
  has_more: z.boolean(),
});
export const videoDeleted = z.strictObject({
  id: text,
  object: z.literal('video.deleted'),
  deleted: z.literal(true),
});
/** A message of Anthropic's form, and Sahm's fields beside. */
export const messagesAnswer = openaiAnswer.extend({
  id: text,
  type: z.literal('message'),
  role: z.literal('assistant'),
  content: z.array(z.looseObject({ type: text })),
  stop_reason: text.nullable(),
  stop_sequence: text.nullable(),
  usage: z.looseObject({ input_tokens: count, output_tokens: count }),
});
export const messagesError = z.strictObject({
  type: z.literal('error'),
  error: z.strictObject({
    type: text,
    message: text,
    code: text,
    details: z.strictObject({ error_code: text, unsupported: z.array(text) }).optional(),
  }),
  request_id: text,
  quota: openaiError.shape.quota,
  usage_breakdown: openaiError.shape.usage_breakdown,
});
export const estimateAnswer = z.strictObject({
  fits: z.boolean(),
  units: count.optional(),
  max_cost_microusd: count.optional(),
  bucket: z.enum(['period', 'grant']).nullable(),
  max_tokens: count,
});
export type EstimateWire = z.input<typeof estimateAnswer>;
/** Seed 004's envelope around the answer. */
const enveloped = (data: z.ZodRawShape) =>
  z.strictObject({
    success: z.literal(true),
    data: z.looseObject({
      ...openaiReply.pick({ quota: true, usage_breakdown: true }).shape,
      ...data,
    }),
    message: text,
    timestamp: instant,
  });
const tokens = z.looseObject({ prompt_tokens: count, completion_tokens: count }).nullable();
const choices = z.array(z.looseObject({ index: count, finish_reason: text.nullable() }));
const cost = z.number().nonnegative();
export const envelopeAnswers = {
  chat: enveloped({ id: text, object: text, created: count, model: text, choices, usage: tokens }),
  code: enveloped({
    id: text,
    object: z.literal('code.completion'),
    model: text,
    choices,
    usage: tokens,
  }),
  images: enveloped({
    images: z.array(z.strictObject({ url: text, width: count, height: count })),
    usage: z.strictObject({ images: count, cost }),
  }),
  audio: enveloped({
    audio: z.strictObject({ url: text, duration: z.number().nullable(), format: text }),
    usage: z.strictObject({ seconds: z.number().nullable(), cost }),
  }),
  video: enveloped({
    id: text,
    status: z.enum(VIDEO_STATES),
    video: z.strictObject({ url: text, duration: count, resolution: text }).optional(),
    error: videoError.optional(),
    quota: videoAnswer.shape.quota,
  }),
};
export const envelopeError = z.strictObject({
  success: z.literal(false),
  error: z.strictObject({ code: text, message: text, type: text }),
  timestamp: instant,
});
const model = z.looseObject({
  id: text,
  object: z.literal('model'),
  type: z.literal('model'),
  created: count,
  created_at: instant,
  display_name: text,
  owned_by: text,
  minimum_plan: text,
  units: count,
});
export const modelAnswer = model;
export type ModelWire = z.input<typeof model>;
export const modelsAnswer = z.looseObject({
  object: z.literal('list'),
  data: z.array(model),
  has_more: z.boolean(),
  first_id: text.nullable(),
  last_id: text.nullable(),
  /** Only for Codex. */
  models: z.array(z.looseObject({ slug: text, display_name: text })).optional(),
});
/** In the form of the client's dialect. */
export const modelsError = z.union([openaiError, messagesError]);
