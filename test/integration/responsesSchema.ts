// Every key of a response and of its items, as Open Responses requires them.

import { z } from 'zod';

const status = z.enum(['completed', 'in_progress', 'incomplete']);
const outputText = z.object({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(z.unknown()),
  logprobs: z.array(z.unknown()),
});
const refusal = z.object({ type: z.literal('refusal'), refusal: z.string() });
const message = z.object({
  type: z.literal('message'),
  id: z.string().min(1),
  status,
  role: z.literal('assistant'),
  content: z.array(z.union([outputText, refusal])),
});
const functionCall = z.object({
  type: z.literal('function_call'),
  id: z.string().min(1),
  call_id: z.string().min(1),
  name: z.string().min(1),
  arguments: z.string(),
  status,
});
const customCall = z.object({
  type: z.literal('custom_tool_call'),
  id: z.string().min(1),
  call_id: z.string().min(1),
  name: z.string().min(1),
  input: z.string(),
});
const reasoning = z.object({
  type: z.literal('reasoning'),
  id: z.string().min(1),
  summary: z.array(z.object({ type: z.literal('summary_text'), text: z.string() })),
});
const usage = z.object({
  input_tokens: z.int(),
  input_tokens_details: z.object({ cached_tokens: z.int() }),
  output_tokens: z.int(),
  output_tokens_details: z.object({ reasoning_tokens: z.int() }),
  total_tokens: z.int(),
});
const tool = z.object({ type: z.string(), name: z.string() });
const balance = z.strictObject({ used: z.int(), limit: z.int(), remaining: z.int() });

export const responseObject = z.strictObject({
  id: z.string().regex(/^resp_[0-9a-f]{32}$/),
  object: z.literal('response'),
  created_at: z.int().min(1_600_000_000),
  completed_at: z.int().nullable(),
  status: z.enum(['completed', 'in_progress', 'incomplete', 'failed']),
  incomplete_details: z
    .strictObject({ reason: z.enum(['max_output_tokens', 'content_filter']) })
    .nullable(),
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  model: z.string(),
  previous_response_id: z.string().nullable(),
  instructions: z.string().nullable(),
  output: z.array(z.discriminatedUnion('type', [message, functionCall, customCall, reasoning])),
  tools: z.array(tool),
  tool_choice: z.union([z.enum(['none', 'auto', 'required']), z.object({ type: z.string() })]),
  truncation: z.enum(['auto', 'disabled']),
  parallel_tool_calls: z.boolean(),
  text: z.object({ format: z.object({ type: z.string() }) }),
  top_p: z.number(),
  presence_penalty: z.number(),
  frequency_penalty: z.number(),
  top_logprobs: z.int(),
  temperature: z.number(),
  reasoning: z.object({ effort: z.string().nullable(), summary: z.string().nullable() }),
  usage: usage.nullable(),
  max_output_tokens: z.int().nullable(),
  max_tool_calls: z.int().nullable(),
  store: z.boolean(),
  background: z.literal(false),
  service_tier: z.literal('default'),
  metadata: z.record(z.string(), z.string()),
  safety_identifier: z.string().nullable(),
  prompt_cache_key: z.string().nullable(),
  user: z.string().nullable(),
  quota: z
    .strictObject({
      plan: z.string(),
      period: z.string(),
      used: z.int(),
      limit: z.int(),
      remaining: z.int(),
      resets_at: z.iso.datetime(),
      charged: z.int(),
    })
    .optional(),
  usage_breakdown: z.strictObject({ openrouter: balance, openai: balance }).optional(),
});
export type ResponseObject = z.infer<typeof responseObject>;
