// One chat request and its answer, whatever the dialect in which they are written. Messages keep the
// OpenAI form, because both upstreams speak it.

import type { BodyText, LongTexts } from './longTexts.js';

export type ContentPart =
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
}

export interface ChatMessage {
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  content: BodyText | ContentPart[] | null;
  name?: BodyText;
  tool_calls?: Array<ToolCall<BodyText>>;
  tool_call_id?: BodyText;
}

/** What a caller may set beside the messages; in upstream wire names, already validated. */
export interface ChatOptions {
  max_completion_tokens?: number;
  temperature?: number;
  top_p?: number;
  frequency_penalty?: number;
  presence_penalty?: number;
  [option: string]: unknown;
}

export interface ChatRequest {
  licenseKey: string;
  /** As the caller wrote it: an id or an alias. */
  model: string;
  messages: ChatMessage[];
  /** What their texts stand in for. */
  longTexts?: LongTexts;
  options: ChatOptions;
  /** Whether the answer is wanted as it comes. */
  stream: boolean;
  /** Whether a stream is to tell the tokens that it took. */
  includeUsage?: boolean;
}

/** The assistant's message in OpenAI's form; fields that an upstream did not send are absent. */
export interface AssistantMessage {
  role: 'assistant';
  content: string | null;
  refusal?: string | null;
  reasoning?: string | null;
  tool_calls?: ToolCall[];
  images?: Array<{ type: 'image_url'; image_url: { url: string } }>;
  audio?: Record<string, unknown>;
}

export interface TokenUsage {
  promptTokens: number;
  completionTokens: number;
  /** The upstream's own figure of what it cost, in millionths of a US dollar; null where it gives none. */
  costMicrousd: number | null;
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
}

/** One of an upstream's `choices` while it streams, in OpenAI's form; fields that it did not send are absent. */
export interface StreamChoice {
  index: number;
  delta: Record<string, unknown>;
  finish_reason: string | null;
  logprobs?: unknown;
}

/** What came together of a stream: the choice of each chunk. */
export interface StreamPiece {
  kind: 'piece';
  choices: StreamChoice[];
  /** Whether any of it is content: text, reasoning, refusal, tool call or media. */
  hasContent: boolean;
}

/** The end of a stream that succeeded. */
export interface StreamEnd {
  kind: 'end';
  /** Held back, so that nobody takes a stream for finished before it is posted. */
  lastChoice: StreamChoice;
  tokens: TokenUsage | null;
}

/** Why an upstream call did not succeed. Nothing is charged for it. */
export interface UpstreamFailure {
  kind: 'failure';
  code: 'invalid_request' | 'upstream_failed' | 'upstream_timeout' | 'upstream_unavailable';
  /** For the log and the hold's record, never for the caller: `status_500`, `reset`, `empty`. */
  reason: string;
  /** The upstream's own words where the caller can act on them (an `invalid_request`), cleaned. */
  detail?: string;
  retryAfterSeconds?: number;
  /** Set where an operator must act: a bad key, no credit, a model that is gone. */
  alert?: string;
}
