// The MyAIHub dialect (seed 003): how a request is read, and how a reply or an error is written.

import type { Model } from '../domain/catalog.js';
import type { AssistantMessage, ChatMessage, ChatRequest, UpstreamAnswer } from '../domain/chat.js';
import { readDataImage } from '../domain/dataImage.js';
import type { Language } from '../domain/language.js';
import { type BodyText, bodyText } from '../domain/longTexts.js';
import { totalBalance, type Usage } from '../domain/quota.js';
import { type ErrorCode, type Refusal, refuse, refuseField } from '../domain/refusal.js';
import { listOf, recordOf } from '../domain/unknownJson.js';
import { userNamed } from '../domain/user.js';
import { cleanText, isWellFormed } from '../domain/wellFormed.js';
import { LICENSE_INVALID_DETAILS, say } from '../i18n/messages.js';
import type { WholeReply } from './dialect.js';
import { nameIgnored } from './ignoredFields.js';
import { costOf, isoOf, renderBreakdown, unitOf } from './usageView.js';

const MOST_MESSAGES = 1_000;
const ROLES = ['system', 'user', 'assistant'] as const;

const FIELDS = [
  'api_key',
  'model',
  'prompt',
  'messages',
  'image_url',
  'stream',
  'user',
  'strict',
] as const;
/** The names that other APIs have for these fields. */
const OTHER_NAMES: Record<string, string> = {
  apikey: 'api_key',
  key: 'api_key',
  license: 'api_key',
  license_key: 'api_key',
  engine: 'model',
  message: 'prompt',
  text: 'prompt',
  input: 'prompt',
  question: 'prompt',
  query: 'prompt',
  content: 'prompt',
  history: 'messages',
  conversation: 'messages',
  image: 'image_url',
  images: 'image_url',
  image_base64: 'image_url',
  picture: 'image_url',
  streaming: 'stream',
};

/** Names the fields that are not read. Nothing of them reaches the model. */
export function ignoredFields(body: unknown): string | null {
  const isRead = typeof body === 'object' && body !== null && !Array.isArray(body);
  return isRead ? nameIgnored(body, FIELDS, OTHER_NAMES) : null;
}

/** The finish reason is a header, because the seed's reply has no field for it. */
export function finishHeaders({ finishReason }: UpstreamAnswer): Record<string, string> {
  return finishReason === 'stop' ? {} : { [FINISH_REASON]: headerValue(finishReason) };
}

const FINISH_REASON = 'X-Sahm-Finish-Reason';

/** Makes a text from an upstream safe for a header. */
function headerValue(text: string): string {
  return text.replace(/[^\w-]+/g, '_').slice(0, 40);
}

/** Reads the body of a chat (seed 003 §4). `headerKey` stands in for a missing `api_key`. */
export function parseChat(body: unknown, headerKey: string | undefined): ChatRequest | Refusal {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return refuseField('body', 'object');
  }
  // Only these fields are read. Nothing else of the body is used.
  const { api_key, model, prompt, messages, image_url, stream, user, strict } = body as Record<
    string,
    unknown
  >;
  const key = api_key === undefined || api_key === null || api_key === '' ? headerKey : api_key;
  // Any text is accepted here: a key that nobody has gets the same refusal as a malformed one.
  if (key !== undefined && typeof key !== 'string') return refuseField('api_key', 'string');
  const fault = faultOf('model', model) ?? faultOf('prompt', prompt);
  if (fault) return fault;
  if (isEmpty(key) || isEmpty(model) || isEmpty(prompt)) {
    return refuse('invalid_request', 'required_fields_empty', {});
  }
  const history = parseHistory(messages);
  if (!Array.isArray(history)) return history;
  const image = parseImage(image_url);
  if (image?.kind === 'refusal') return image;
  for (const [field, value] of Object.entries({ stream, strict })) {
    if (![undefined, null, true, false].includes(value as boolean))
      return refuseField(field, 'boolean');
  }
  return {
    licenseKey: (key as string).trim(),
    model: (model as string).trim(),
    messages: [
      ...history,
      { role: 'user', content: withImage(bodyText(prompt as string), image?.url) },
    ],
    options: {},
    // Some bots have numbers for their users. Any other value is ignored.
    user: typeof user === 'number' ? String(user) : userNamed(user),
    stream: stream === true,
    strict: strict === true,
  };
}

/** Missing fields are not reported here, but later and all together. */
function faultOf(field: string, value: unknown): Refusal | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') return refuseField(field, 'string');
  return isWellFormed(value) ? undefined : illFormed(field);
}

/** `messages` is the history before the prompt. It may have only text (docs/sources.md, 003 §4). */
function parseHistory(messages: unknown): ChatMessage[] | Refusal {
  if (messages === undefined || messages === null) return [];
  if (!Array.isArray(messages)) return refuseField('messages', 'array');
  if (messages.length > MOST_MESSAGES) {
    const parameters = { field: 'messages', most: MOST_MESSAGES };
    return refuse('invalid_request', 'too_many_messages', parameters, { field: 'messages' });
  }
  const history: ChatMessage[] = [];
  for (const [index, message] of messages.entries()) {
    const field = `messages[${index}]`;
    if (typeof message !== 'object' || message === null) return refuseField(field, 'object');
    const { role, content } = message as Record<string, unknown>;
    const knownRole = ROLES.find(candidate => candidate === role);
    if (!knownRole) return refuseField(`${field}.role`, ROLES.join(' | '));
    const given = textOf(content);
    if (given === null) return refuseField(`${field}.content`, 'string');
    // What a model wrote came from here, whatever is in it.
    const text = knownRole === 'assistant' ? cleanText(given) : given;
    if (!isWellFormed(text)) return illFormed(`${field}.content`);
    history.push({ role: knownRole, content: bodyText(text) });
  }
  return history;
}

/** A string, or OpenAI's list of text parts; null for anything else. */
function textOf(content: unknown): string | null {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content) || content.length === 0) return null;
  const texts = content.map(part =>
    part?.type === 'text' && typeof part.text === 'string' ? (part.text as string) : null,
  );
  return texts.includes(null) ? null : texts.join('\n');
}

function parseImage(image: unknown): { kind: 'image'; url: BodyText } | Refusal | null {
  if (image === undefined || image === null || image === '') return null;
  if (typeof image !== 'string') return refuseField('image_url', 'string');
  const read = readDataImage(bodyText(image));
  if ('url' in read) return { kind: 'image', url: read.url };
  const parameters = { field: 'image_url', reason: read.fault };
  return refuse('invalid_request', 'image_invalid', parameters, { field: 'image_url' });
}

function withImage(prompt: BodyText, url: BodyText | undefined): ChatMessage['content'] {
  if (url === undefined) return prompt;
  return [
    { type: 'text', text: prompt },
    { type: 'image_url', image_url: { url } },
  ];
}

function isEmpty(value: unknown): boolean {
  return typeof value !== 'string' || value.trim() === '';
}

function illFormed(field: string): Refusal {
  return refuse('invalid_request', 'text_not_well_formed', { field }, { field });
}

/** Exactly the fields of seed 003 §6, in that order. */
export function renderReply(reply: WholeReply): Record<string, unknown> {
  const { answer, model, usage, charged } = reply;
  return replyOf(replyText(saidIn(answer.message)), model, usage, charged);
}

/** `reply` is the whole text of the model, also for a stream. */
export function replyOf(
  reply: string,
  model: Model,
  usage: Usage,
  charged: number,
): Record<string, unknown> {
  return {
    error: false,
    reply,
    model: model.id,
    source: model.provider,
    plan: usage.plan,
    ...renderUsage(usage),
    ...costOf(usage, charged),
  };
}

/** The parts of an answer from which the dialect's one text is made. Each is empty if the answer has none. */
export interface Said {
  written: string;
  /** The URL of the first image. */
  image: string;
  reasoning: string;
  /** The arguments of the first call. */
  call: string;
}

/** The text that the model wrote, else its image, reasoning or call. */
export function replyText({ written, image, reasoning, call }: Said): string {
  if (written !== '' && image !== '') return written + BEFORE_IMAGE + image;
  return written || image || reasoning || call;
}

export const BEFORE_IMAGE = '\n\n';

/** The URL of the first image. */
export function imageOf(images: unknown): string {
  const { url } = recordOf(recordOf(listOf(images)[0]).image_url);
  return typeof url === 'string' ? url : '';
}

function saidIn(message: AssistantMessage): Said {
  return {
    written: (message.content ?? '') + (message.refusal ?? ''),
    image: imageOf(message.images),
    reasoning: message.reasoning || message.reasoning_content || '',
    call: message.tool_calls?.[0]?.function.arguments ?? '',
  };
}

/** `usage` is the total of both providers. The breakdown has each (seed 003 §6). */
export function renderUsage(usage: Usage) {
  const { plan, period } = usage;
  return {
    usage: { plan, period, ...totalBalance(usage), ...unitOf(usage) },
    usage_breakdown: renderBreakdown(usage),
  };
}

/** Nothing of the quota is left, or what is left is held. */
const OF_QUOTA: ErrorCode[] = ['quota_exhausted', 'quota_reserved'];

/** `{error: true, message, ...the fields of seed 003 §8, code}`. */
export function renderRefusal(refusal: Refusal, language: Language): Record<string, unknown> {
  const { code, plan, usage, field } = refusal;
  return {
    error: true,
    message: say(language, refusal.message),
    ...(code === 'invalid_license_key' && { details: LICENSE_INVALID_DETAILS }),
    ...(field !== undefined && { field }),
    ...(plan !== undefined && { plan }),
    ...(usage && renderUsage(usage)),
    ...(OF_QUOTA.includes(code) && usage && { resets_at: isoOf(usage.resetsAt) }),
    code,
  };
}
