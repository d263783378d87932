// Kinds of calls in OpenAI's form that take a JSON object and give one, whole: each is a description.

import type { Modality, ModelKind } from '../../domain/catalog.js';
import { failed, type UpstreamFailure } from '../../domain/chat.js';
import type {
  NativeAnswer,
  NativeCall,
  NativeRefusal,
  NativeRequest,
} from '../../domain/native.js';
import type { Provider } from '../../domain/provider.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { readTokens } from '../../domain/tokens.js';
import { userNamed } from '../../domain/user.js';
import type { NativeDialect } from '../dialect.js';
import {
  type Fields,
  fieldsOf,
  isAbsent,
  isFields,
  modelNameOf,
  readOrRefuse,
  requireBody,
  textOf,
} from './fields.js';
import { renderCounters, renderRefusal } from './render.js';

export interface JsonKind {
  /** Told apart by it: one Idempotency-Key is not for two kinds. */
  name: string;
  modelKind: ModelKind;
  /** For a request that names no model; absent: it has to. */
  model?: string;
  /** 0 where it is free. 1 where absent. */
  count?: number;
  /** Where it is sent, below the base URL of each provider that serves it. */
  paths: Partial<Record<Provider, string>>;
  /** The kinds of content that such a request has. */
  content: readonly Modality[];
  /** Reads all fields but the model and the user, and gives what is sent in their place; throws a FieldFault. */
  read(fields: Fields): Fields;
  /** Whether the body of a 200 is an answer: nobody pays for one that says nothing. */
  isAnswer(body: Fields): boolean;
}

export function jsonKind(kind: JsonKind): NativeDialect {
  return {
    ...inOpenaiForm(kind.name),
    parse: (body, licenseKey) =>
      parseCall(body, licenseKey, kind, fields => ({ native: callOf(kind, kind.read(fields)) })),
  };
}

/** Of every kind in OpenAI's form that gives a JSON object, whole. */
export function inOpenaiForm(name: string): Omit<NativeDialect, 'parse'> {
  return {
    name,
    defaultLanguage: 'en',
    takesKeyInBody: false,
    renderReply: ({ answer, model, usage, charged }) => ({
      ...answer.body,
      model: model.id,
      ...renderCounters(usage, model.provider, charged),
    }),
    renderRefusal,
    openStream: () => noStreams(name),
  };
}

/** What the fields beside the model and the user ask for. */
export type ReadCall = Pick<NativeRequest, 'native'> & Partial<NativeRequest>;

/** Reads model and user; `read` all other fields, and throws a FieldFault. */
export function parseCall(
  body: unknown,
  licenseKey: string | undefined,
  kind: Pick<JsonKind, 'model' | 'content' | 'count'>,
  read: (fields: Fields) => ReadCall,
): NativeRequest | Refusal {
  if (licenseKey === undefined) return refuse('invalid_license_key', 'license_invalid', {});
  return readOrRefuse(() => {
    const { model = kind.model, user, ...fields } = fieldsOf(body, 'body');
    requireBody({ model, user, ...fields }, ['model']);
    return {
      licenseKey,
      model: modelNameOf(model),
      user: isAbsent(user) ? undefined : userNamed(textOf(user, 'user')),
      stream: false,
      needs: { content: kind.content, tools: false },
      ...(kind.count !== undefined && { count: kind.count }),
      ...read(fields),
    };
  });
}

export function noStreams(name: string): never {
  throw new Error(`${name} has no streams`);
}

function callOf(kind: JsonKind, sent: Fields): NativeCall {
  return {
    modelKind: kind.modelKind,
    paths: kind.paths,
    headers: {},
    bodyOf: ({ upstreamId }) => ({ model: upstreamId, ...sent }),
    readAnswer: body => readAnswer(kind, body),
    startReading: () => noStreams(kind.name),
  };
}

export function readAnswer(
  { isAnswer }: Pick<JsonKind, 'isAnswer'>,
  body: unknown,
): NativeAnswer | NativeRefusal | UpstreamFailure {
  if (!isFields(body)) return failed('malformed');
  if (!isAbsent(body.error)) return { kind: 'refused', status: statusOf(body.error), body };
  return isAnswer(body)
    ? { kind: 'answer', body, tokens: readTokens(body.usage) }
    : failed('empty');
}

function statusOf(error: unknown): number | undefined {
  const code = isFields(error) ? Number(error.code) : Number.NaN;
  return code >= 400 && code < 600 ? code : undefined;
}
