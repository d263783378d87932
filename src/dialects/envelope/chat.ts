// Seed 004's chats and code completions. Both are translated into our own form, as OpenAI's chats are.

import type { Model } from '../../domain/catalog.js';
import type { ChatRequest } from '../../domain/chat.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import type { ChatDialect, WholeReply } from '../dialect.js';
import { eventOf } from '../dialect.js';
import {
  type Fields,
  fieldsOf,
  filledTextOf,
  invalid,
  isAbsent,
  isFields,
  readOrRefuse,
  requireBody,
  unknown,
} from '../openai/fields.js';
import { openStream, renderReply } from '../openai/render.js';
import { parseChat } from '../openai/request.js';
import { inEnvelope, renderEnvelopeRefusal, wrap } from './wrap.js';

/** The defaults that seed 004 states. */
const DEFAULT_TEMPERATURE = 0.7;
const DEFAULT_MAX_TOKENS = 2_048;

export const envelopeChat: ChatDialect = {
  ...inEnvelope('chat'),
  parse: (body, licenseKey) => parseChat(isFields(body) ? withDefaults(body) : body, licenseKey),
  renderReply: reply => wrap(reply, { ...dataOf(reply), model: reply.asked }),
  openStream(request, id) {
    const writer = openStream(request, id);
    const named = asAsked(request.model);
    return {
      piece: (piece, model) => writer.piece(piece, named(model)),
      end: (end, model, usage, charged) => writer.end(end, named(model), usage, charged),
      refusal: (refusal, language) => eventOf(renderEnvelopeRefusal(refusal, language)),
    };
  },
};

/** The model under the id that was asked for: the same object for the same model, as streams expect. */
function asAsked(id: string): (model: Model) => Model {
  let last: { model: Model; named: Model } | undefined;
  return model => {
    if (model !== last?.model) last = { model, named: { ...model, id } };
    return last.named;
  };
}

function withDefaults(body: Fields): Fields {
  const { temperature, max_tokens, max_completion_tokens } = body;
  return {
    ...body,
    ...(isAbsent(temperature) && { temperature: DEFAULT_TEMPERATURE }),
    ...(isAbsent(max_tokens) &&
      isAbsent(max_completion_tokens) && { max_tokens: DEFAULT_MAX_TOKENS }),
  };
}

/** OpenAI's object. The counters are added when it is wrapped. */
function dataOf(reply: WholeReply): Fields {
  const { quota: _, usage_breakdown: __, ...data } = renderReply(reply);
  return data;
}

export const envelopeCode: ChatDialect = {
  ...envelopeChat,
  ...inEnvelope('code'),
  parse: parseCode,
  renderReply(reply) {
    const { id, usage } = dataOf(reply);
    const { message, finishReason } = reply.answer;
    const text = withoutFence(message.content ?? '');
    return wrap(reply, {
      id,
      object: 'code.completion',
      model: reply.asked,
      choices: [{ text, index: 0, finish_reason: finishReason }],
      usage,
    });
  },
};

function parseCode(body: unknown, licenseKey: string | undefined): ChatRequest | Refusal {
  if (licenseKey === undefined) return refuse('invalid_license_key', 'license_invalid', {});
  const asChat = readOrRefuse(() => {
    const fields = fieldsOf(body, 'body');
    const { model, prompt, language, temperature, max_tokens, ...others } = fields;
    for (const field of Object.keys(others)) throw unknown(field);
    requireBody(fields, ['model', 'prompt']);
    filledTextOf(prompt, 'prompt');
    if (!isAbsent(language) && !isLanguage(language)) throw invalid('language', 'string');
    const content = isAbsent(language)
      ? INSTRUCTION
      : `${INSTRUCTION} The language is ${language}.`;
    const messages = [
      { role: 'system', content },
      { role: 'user', content: prompt },
    ];
    return { kind: 'fields' as const, fields: { model, messages, temperature, max_tokens } };
  });
  return asChat.kind === 'refusal' ? asChat : parseChat(withDefaults(asChat.fields), licenseKey);
}

const INSTRUCTION =
  'Continue or write the code that the user gives or describes. Answer with code alone: no explanation, no fence.';

/** The name of a programming language, such as `c++` or `objective-c`. */
function isLanguage(value: unknown): boolean {
  return typeof value === 'string' && /^[\w+#. -]{1,40}$/.test(value);
}

/** Many models put code into a fence, even if they are told not to. */
function withoutFence(text: string): string {
  return /^\s*```[\w+#.-]*\n([\s\S]*?)\n?```\s*$/.exec(text)?.[1] ?? text;
}
