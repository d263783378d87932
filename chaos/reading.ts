// Decides whether an answer of any kind was a success, a refusal, or neither.

import { PROVIDERS, type Provider } from '../src/domain/provider.js';
import type { Answer, Shown } from './history.js';

export interface Received {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  /** Whether the connection broke before the end. */
  isBroken: boolean;
}

type Fields = Record<string, unknown>;
const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};

export function readAnswer(received: Received): Answer {
  const { status, headers, text, isBroken } = received;
  const isStream = String(headers['content-type'] ?? '').startsWith('text/event-stream');
  const parts = isStream ? eventsOf(text) : [parsed(text)];
  const told = parts.flatMap(part => [part, fieldsOf(part.response), fieldsOf(part.data)]);
  const failure = told.find(isFailure);
  const isComplete = isStream ? told.some(isEnd) || text.includes('data: [DONE]') : !isBroken;
  const header = headers['x-quota-charged'];
  const counted = told.findLast(part => part.usage_breakdown !== undefined) ?? {};
  const balance = fieldsOf(counted.quota ?? counted.usage);
  const said = header ?? fieldsOf(counted.quota).charged;
  const charged = said === undefined ? null : Number(said);
  return {
    outcome: outcomeOf({ status, isComplete, isFailed: failure !== undefined, charged }),
    status,
    code: failure ? codeOf(failure) : null,
    id: headers['x-request-id']?.toString() ?? null,
    isReplay: headers['idempotent-replayed'] !== undefined,
    charged,
    period: typeof balance.period === 'string' ? balance.period : null,
    shown: shownIn(fieldsOf(counted.usage_breakdown)),
    text,
  };
}

interface Seen {
  status: number;
  isComplete: boolean;
  isFailed: boolean;
  charged: number | null;
}

/**
 * A request that was refused with 4xx was not charged. Any other failure was free only if it says so; otherwise the
 * outcome is unknown.
 */
function outcomeOf({ status, isComplete, isFailed, charged }: Seen): Answer['outcome'] {
  if (status === 200 && isComplete && !isFailed) return 'success';
  if (status >= 400 && status < 500) return 'refused';
  return isFailed && charged === 0 ? 'refused' : 'unknown';
}

function isFailure(part: Fields): boolean {
  return (
    part.error === true ||
    Object.keys(fieldsOf(part.error)).length > 0 ||
    part.type === 'error' ||
    part.type === 'response.failed'
  );
}

function isEnd({ type }: Fields): boolean {
  return type === 'response.completed' || type === 'response.incomplete' || type === 'message_stop';
}

function codeOf(part: Fields): string | null {
  const error = fieldsOf(part.error);
  const code = part.code ?? error.code ?? error.type;
  return code === undefined ? null : String(code);
}

export function shownIn(breakdown: Fields): Partial<Record<Provider, Shown>> {
  const found = PROVIDERS.flatMap(provider =>
    breakdown[provider] ? [[provider, breakdown[provider]]] : [],
  );
  return Object.fromEntries(found) as Partial<Record<Provider, Shown>>;
}

function eventsOf(stream: string): Fields[] {
  const lines = stream.split('\n').filter(line => line.startsWith('data: {'));
  return lines.map(line => parsed(line.slice(6)));
}

function parsed(text: string): Fields {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return {};
  }
}
