// What is asked and answered. What the service's description types is taken from there; what a model wrote, and
// the envelope, is typed here.

import type { paths } from './generated/schema.js';

export type Paths = paths;

type Operation<Path extends keyof paths, Method extends string> = Method extends keyof paths[Path]
  ? paths[Path][Method]
  : never;

type Json<Content> = Content extends { 'application/json': infer Body } ? Body : string;

/** What a route answers with success: JSON, or else text. */
export type AnswerOf<Path extends keyof paths, Method extends string> =
  Operation<Path, Method> extends { responses: infer Responses }
    ? {
        [Status in keyof Responses]: Responses[Status] extends { content: infer Content }
          ? Json<Content>
          : undefined;
      }[keyof Responses]
    : never;

export type BodyOf<Path extends keyof paths, Method extends string> =
  Operation<Path, Method> extends { requestBody?: { content: { 'application/json': infer Body } } }
    ? Body
    : never;

export type QueryOf<Path extends keyof paths, Method extends string> =
  Operation<Path, Method> extends { parameters: { query?: infer Query } } ? Query : never;

export type PathOf<Path extends keyof paths, Method extends string> =
  Operation<Path, Method> extends { parameters: { path: infer Parts } } ? Parts : never;

type OpenAiReply = AnswerOf<'/v1/chat/completions', 'post'>;
export type Quota = OpenAiReply['quota'];
export type UsageBreakdown = OpenAiReply['usage_breakdown'];

export type ContentPart = { type: string; [field: string]: unknown };

export interface ChatMessage {
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  content?: string | ContentPart[] | null;
  [field: string]: unknown;
}

/** The fields of docs/openai.md; these are the ones that are used most. */
export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  temperature?: number;
  max_tokens?: number;
  tools?: object[];
  response_format?: object;
  [field: string]: unknown;
}

export interface Tokens {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
}

export interface ToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

export interface ChatCompletion {
  id: string;
  object: 'chat.completion';
  created: number;
  model: string;
  choices: {
    index: number;
    message: { role: 'assistant'; content: string | null; tool_calls?: ToolCall[] };
    finish_reason: string | null;
  }[];
  usage?: Tokens;
  quota: Quota;
  usage_breakdown: UsageBreakdown;
  /** Set if the plan sells money. */
  cost_microusd?: number;
}

/** The last event has the quota. */
export interface ChatChunk {
  id: string;
  object: 'chat.completion.chunk';
  created: number;
  model: string;
  choices: {
    index: number;
    delta: {
      role?: 'assistant';
      content?: string | null;
      tool_calls?: (Partial<ToolCall> & { index: number })[];
    };
    finish_reason: string | null;
  }[];
  usage?: Tokens | null;
  quota?: Quota;
  usage_breakdown?: UsageBreakdown;
}

export interface ChatV3Request {
  model: string;
  prompt: string;
  messages?: { role: 'system' | 'user' | 'assistant'; content: string }[];
  /** A data URL: png, jpeg, webp or gif. */
  image_url?: string;
  /** Your own user, to group usage by. */
  user?: string;
}

export type ChatV3Reply = Extract<AnswerOf<'/api/chat_v3', 'post'>, object>;
/** Pieces of the reply, then the whole reply. */
export type ChatV3Event = { delta: string; finish_reason?: string } | ChatV3Reply;

export interface ImageRequest {
  model: string;
  prompt: string;
  n?: number;
  size?: string;
  style?: string;
}
export interface Images {
  images: { url: string; width: number; height: number }[];
  usage: { images: number; cost: number };
}

export interface CodeRequest {
  model: string;
  prompt: string;
  language?: string;
  max_tokens?: number;
}
export interface CodeCompletion {
  id: string;
  object: 'code.completion';
  model: string;
  choices: { text: string; index: number; finish_reason: string | null }[];
  usage: Tokens;
}

export interface AudioRequest {
  model: string;
  prompt: string;
  /** In seconds. */
  duration?: number;
  format?: string;
}
export interface Audio {
  audio: { url: string; duration: number; format: string };
  usage: Record<string, unknown>;
}

export interface VideoRequest {
  model: string;
  prompt: string;
  /** In seconds: one of the model's lengths. */
  duration?: number;
  /** Such as `1280x720`: one of the model's sizes. */
  resolution?: string;
  /** The first picture: a URL or a data URL. */
  image_url?: string;
}
export interface Video {
  id: string;
  status: 'queued' | 'in_progress' | 'completed' | 'failed';
  /** Set once the video is made. The address works for a day. */
  video?: { url: string; duration: number; resolution: string };
  /** Why the video failed. A failed video is free. */
  error?: { code: string; message: string };
}
