// One chat request and its answer, independent of the dialect. Messages keep the OpenAI form, because most
// upstreams speak it.

import type { BodyText, LongTexts } from './longTexts.js';

/** Marks a place in a prompt. The provider is to cache everything from the beginning to here. */
export interface CacheControl {
  type: 'ephemeral';
  ttl?: '5m' | '1h';
}

export type ContentPart = { cache_control?: CacheControl } & PartContent;

type PartContent =
  | { type: 'text'; text: BodyText }
  | { type: 'image_url'; image_url: { url: BodyText; detail?: string } }
  | {
      type: 'file';
      file: { filename?: BodyText; file_data?: BodyText; url?: BodyText; mime_type?: BodyText };
    }
  | { type: 'input_audio'; input_audio: { data: BodyText; format: string } }
  | { type: 'video_url'; video_url: { url: BodyText } };

/** `Text`: of an answer a string; of what a caller sends back, a text of the body. */
export interface ToolCall<Text = string> {
  id: Text;
  type: 'function';
  function: { name: Text; arguments: Text };
  /** What a provider wants back with it, as Google's `thought_signature`. */
  extra_content?: unknown;
}

/** An image that a model made. */
export interface MadeImage<Text = string> {
  type: 'image_url';
  image_url: { url: Text };
}

/** What a model thought, in whatever form its provider wants it back; encrypted too. */
export interface Reasoning {
  reasoning?: BodyText;
  reasoning_content?: BodyText;
  reasoning_details?: unknown[];
}

export interface ChatMessage extends Reasoning {
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  content: BodyText | ContentPart[] | null;
  name?: BodyText;
  tool_calls?: Array<ToolCall<BodyText>>;
  tool_call_id?: BodyText;
  /** Set for an assistant: what it made before. */
  images?: Array<MadeImage<BodyText>>;
}

/**
 * Options that a caller may set beside the messages, under the upstream's field names and already validated.
 */
export interface ChatOptions {
  max_completion_tokens?: number;
  temperature?: number;
  top_p?: number;
  frequency_penalty?: number;
  presence_penalty?: number;
  [option: string]: unknown;
}

export interface ChatRequest {
  native?: undefined;
  licenseKey: string;
  /** As the caller wrote it: an id or an alias. */
  model: string;
  messages: ChatMessage[];
  /** The texts that markers in the messages stand for. */
  longTexts?: LongTexts;
  options: ChatOptions;
  /** Whom the caller says that it asks for. It is only kept as a digest. */
  user?: string | undefined;
  /** Whether the caller wants the answer as a stream. */
  stream: boolean;
  /** Whether a plan that sells money must refuse it rather than shorten its answer. */
  strict?: boolean;
  /** Whether a stream also reports its token usage. */
  includeUsage?: boolean;
}

/** The assistant's message in OpenAI's form; fields that an upstream did not send are absent. */
export interface AssistantMessage {
  role: 'assistant';
  content: string | null;
  refusal?: string | null;
  reasoning?: string | null;
  reasoning_content?: string | null;
  tool_calls?: ToolCall[];
  images?: MadeImage[];
  audio?: Record<string, unknown>;
  /** Whatever else it has, above all what the provider wants back in the next turn. */
  [field: string]: unknown;
}

export interface TokenUsage {
  promptTokens: number;
  completionTokens: number;
  /** The cost in millionths of a US dollar as the upstream reports it; null where it reports none. */
  costMicrousd: number | null;
  /** The same in dollars, as the decimal that the upstream wrote; absent where it reports none. */
  costDollars?: string;
  /** `prompt_tokens_details` and `completion_tokens_details`, passed on as they came. */
  details?: Record<string, unknown>;
}

/** What an upstream answered to one call that succeeded. */
export interface UpstreamAnswer {
  kind: 'answer';
  message: AssistantMessage;
  finishReason: string;
  /** Null where the upstream sent none. */
  tokens: TokenUsage | null;
  /** Choice-level log probabilities, passed on as they came. */
  logprobs?: unknown;
  /** What it says beside its choices, as `citations`; passed on as it came. */
  beside?: Record<string, unknown>;
}

/** One of an upstream's `choices` while it streams, in OpenAI's form; fields that it did not send are absent. */
export interface StreamChoice {
  index: number;
  delta: Record<string, unknown>;
  finish_reason: string | null;
  logprobs?: unknown;
}

/** One piece of a stream as it arrived: the choice of each chunk. */
export interface StreamPiece {
  kind: 'piece';
  choices: StreamChoice[];
  /** Whether any of it is content: text, reasoning, refusal, tool call or media. */
  hasContent: boolean;
}

/** The end of a stream that succeeded. */
export interface StreamEnd {
  kind: 'end';
  /** Sent last, after the post: until then nobody may take the stream for finished. */
  lastChoice: StreamChoice;
  tokens: TokenUsage | null;
  /** What the upstream said beside its choices, as `citations`. */
  beside?: Record<string, unknown>;
}

/** Why an upstream call did not succeed. Nothing is charged for it. */
export interface UpstreamFailure {
  kind: 'failure';
  code: 'invalid_request' | 'upstream_failed' | 'upstream_timeout' | 'upstream_unavailable';
  /** For the log and the hold's record, never for the caller: `status_500`, `reset`, `empty`. */
  reason: string;
  /** The upstream's own words, cleaned, where the caller can act on them (an `invalid_request`). */
  detail?: string;
  /** The field of the request that the upstream names, and its own code for what is wrong with it. */
  field?: string;
  upstreamCode?: string;
  retryAfterSeconds?: number;
  /** What the upstream said, cleaned, for the log alone. Not kept of a request that it refuses: it may quote it. */
  said?: { words?: string; code?: string };
  /** Set where an operator must act: a bad key, no credit, a model that is gone. */
  alert?: string;
}

export function failed(reason: string): UpstreamFailure {
  return { kind: 'failure', code: 'upstream_failed', reason };
}
