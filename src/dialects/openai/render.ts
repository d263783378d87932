// The OpenAI dialect's replies and errors: OpenAI's objects, with `quota` and `usage_breakdown` beside.

import type { Model } from '../../domain/catalog.js';
import type {
  AssistantMessage,
  ChatRequest,
  StreamChoice,
  TokenUsage,
  ToolCall,
} from '../../domain/chat.js';
import type { Language } from '../../domain/language.js';
import type { Provider } from '../../domain/provider.js';
import { balanceFor, type Usage } from '../../domain/quota.js';
import { ERROR_STATUS, type Refusal } from '../../domain/refusal.js';
import { requestInstantOf } from '../../domain/requestInstant.js';
import { withThought } from '../../domain/thought.js';
import { say } from '../../i18n/messages.js';
import { eventOf, STREAM_DONE, type StreamWriter, type WholeReply } from '../dialect.js';
import { costOf, isoOf, renderBreakdown, unitOf } from '../usageView.js';
import { StreamedThoughts } from './streamedThoughts.js';

export function renderReply({
  id,
  answer,
  model,
  usage,
  charged,
}: WholeReply): Record<string, unknown> {
  const { message, finishReason, tokens, logprobs = null, beside } = answer;
  const { role, content, refusal = null, tool_calls, ...more } = message;
  const choice = {
    index: 0,
    message: {
      role,
      content,
      refusal,
      ...more,
      ...(tool_calls && { tool_calls: carryThoughts(tool_calls, message) }),
    },
    logprobs,
    finish_reason: finishReason,
  };
  return {
    id: completionId(id),
    object: 'chat.completion',
    created: secondsOf(id),
    model: model.id,
    choices: [choice],
    ...beside,
    usage: renderTokens(tokens),
    ...renderCounters(usage, model.provider, charged),
  };
}

function listOf(value: unknown): unknown[] | undefined {
  return Array.isArray(value) && value.length > 0 ? value : undefined;
}

/** Adds thoughts to the ids of calls. Each id carries its call's own, and the first also those before all calls. */
function carryThoughts(
  calls: ToolCall[],
  { reasoning_details, reasoning_content }: AssistantMessage,
) {
  return calls.map((call, index) => {
    const { id, extra_content } = call;
    const before =
      index === 0 ? { reasoning_details: listOf(reasoning_details), reasoning_content } : {};
    return { ...call, id: withThought(id, { ...before, extra_content }) };
  });
}

/** `{error: {message, type, param, code}}`, with the counters if they are known. */
export function renderRefusal(refusal: Refusal, language: Language): Record<string, unknown> {
  const { code, upstreamCode, message, field = null, usage, provider, charged } = refusal;
  return {
    error: {
      message: say(language, message),
      type: typeOf(refusal),
      param: field,
      code: upstreamCode ?? code,
    },
    ...(usage && renderRefusedCounters(usage, provider, charged)),
  };
}

export function openStream(request: ChatRequest, id: string): StreamWriter {
  const opening = `{"id":"${completionId(id)}","object":"chat.completion.chunk","created":${secondsOf(id)},"model":`;
  let named: Model | undefined;
  let head = '';
  let hasRole = false;
  /** The SDKs want the role exactly once: Python's would join repetitions. Some upstreams send null for it. */
  const sayRoleOnce = (choice: StreamChoice): void => {
    if (!hasRole) choice.delta = Object.assign({ role: '' }, choice.delta, { role: 'assistant' });
    else if (choice.delta.role !== undefined) choice.delta.role = undefined;
    hasRole = true;
  };
  const thoughts = new StreamedThoughts();
  /** Writes a chunk. Only the choices differ from chunk to chunk, so the rest is kept as text. */
  const chunk = (model: Model, choices: StreamChoice[]): string => {
    if (model !== named) {
      named = model;
      head = `data: ${opening}${JSON.stringify(model.id)},"choices":`;
    }
    return head + JSON.stringify(choices);
  };
  return {
    piece({ choices }, model) {
      let text = '';
      for (const choice of choices) {
        sayRoleOnce(choice);
        thoughts.hear(choice.delta);
        text += `${chunk(model, [choice])}}\n\n`;
      }
      return text;
    },
    end({ lastChoice, tokens, beside }, model, usage, charged) {
      const hadRole = hasRole;
      sayRoleOnce(lastChoice);
      hasRole = hadRole;
      const counters = {
        usage: renderTokens(tokens),
        ...beside,
        ...renderCounters(usage, model.provider, charged),
      };
      const rest = `,${JSON.stringify(counters).slice(1)}\n\n`;
      // A chunk without choices is only sent if the client asked for usage, because some clients fail on it.
      return request.includeUsage
        ? `${chunk(model, [lastChoice])}}\n\n${chunk(model, [])}${rest}${STREAM_DONE}`
        : `${chunk(model, [lastChoice])}${rest}${STREAM_DONE}`;
    },
    refusal: (refusal, language) => eventOf(renderRefusal(refusal, language)),
  };
}

export function renderCounters(
  usage: Usage,
  provider: Provider,
  charged: number | undefined,
): Record<string, unknown> {
  return {
    quota: renderQuota(usage, provider, charged),
    usage_breakdown: renderBreakdown(usage),
    ...costOf(usage, charged),
  };
}

/** Without a provider it is not known whose quota the request is for. Then `quota` has no balance. */
export function renderRefusedCounters(
  usage: Usage,
  provider: Provider | undefined,
  charged: number | undefined,
): Record<string, unknown> {
  const quota = renderQuota(usage, provider, charged);
  return { quota, usage_breakdown: renderBreakdown(usage) };
}

function renderQuota(
  usage: Usage,
  provider: Provider | undefined,
  charged: number | undefined,
): Record<string, unknown> {
  const { plan, period, resetsAt, maxTokensReducedTo } = usage;
  const { used, limit, remaining } = provider ? balanceFor(usage, provider) : NO_BALANCE;
  return {
    plan,
    period,
    used,
    limit,
    remaining,
    ...unitOf(usage),
    resets_at: isoOf(resetsAt),
    charged,
    max_tokens_reduced_to: maxTokensReducedTo,
  };
}

const NO_BALANCE = { used: undefined, limit: undefined, remaining: undefined };

function renderTokens(tokens: TokenUsage | null): Record<string, unknown> | null {
  if (tokens === null) return null;
  const { promptTokens, completionTokens, details } = tokens;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    ...details,
  };
}

export function typeOf({ code }: Refusal): string {
  if (code === 'quota_exhausted') return 'insufficient_quota';
  const status = ERROR_STATUS[code];
  if (status >= 500) return 'server_error';
  const types: Partial<Record<number, string>> = {
    401: 'authentication_error',
    403: 'permission_error',
    429: 'rate_limit_error',
  };
  return types[status] ?? 'invalid_request_error';
}

function completionId(id: string): string {
  return `chatcmpl-${id}`;
}

/** When the request came, in seconds as OpenAI writes instants. */
export function secondsOf(id: string): number {
  return Math.floor(requestInstantOf(id).getTime() / 1000);
}
