// Kinds of calls in OpenAI's form that take a JSON object and answer with a whole one. Each is a description.

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
import { withoutNulls } from '../../domain/unknownJson.js';
import { statusOfError } from '../../domain/upstreamError.js';
import { userNamed } from '../../domain/user.js';
import type { NativeDialect } from '../dialect.js';
import { bodyForCallers } from '../usageView.js';
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
  /** The name is part of an Idempotency-Key's fingerprint, so that a key cannot be used for two kinds. */
  name: string;
  modelKind: ModelKind;
  /** The default model. Absent if a request must name its model. */
  model?: string;
  /** 0 if the call is free. 1 if absent. */
  count?: number;
  /** The path below the base URL of each provider that serves it. */
  paths: Partial<Record<Provider, string>>;
  /** The kinds of content in such a request. */
  content: readonly Modality[];
  /** Reads all fields but the model and the user, and returns those to send. Throws a FieldFault. */
  read(fields: Fields): Fields;
  /** Whether the body of a 200 has content. Nobody pays for an empty answer. `sent` is what `read` returned. */
  isAnswer(body: Fields, sent: Fields): boolean;
  /** The body in the form that was asked for, of kinds of which some upstreams answer in another. */
  inForm?(body: Fields, sent: Fields): Fields;
}

export function jsonKind(kind: JsonKind): NativeDialect {
  return {
    ...inOpenaiForm(kind.name),
    parse: (body, licenseKey) =>
      parseCall(body, licenseKey, kind, fields => ({ native: callOf(kind, kind.read(fields)) })),
  };
}

/** The parts that all these kinds share. */
export function inOpenaiForm(name: string): Omit<NativeDialect, 'parse'> {
  return {
    name,
    defaultLanguage: 'en',
    takesKeyInBody: false,
    renderReply: ({ answer, model, usage, charged }) =>
      Object.assign(
        {},
        bodyForCallers(answer.body),
        { model: model.id },
        renderCounters(usage, model.provider, charged),
      ),
    renderRefusal,
    openStream: () => noStreams(name),
  };
}

/** The result of reading the fields beside the model and the user. */
export type ReadCall = Pick<NativeRequest, 'native'> & Partial<NativeRequest>;

/** Reads model and user. `read` reads all other fields, and throws a FieldFault. */
export function parseCall(
  body: unknown,
  licenseKey: string | undefined,
  kind: Pick<JsonKind, 'model' | 'content' | 'count'>,
  read: (fields: Fields) => ReadCall,
): NativeRequest | Refusal {
  if (licenseKey === undefined) return refuse('invalid_license_key', 'license_invalid', {});
  return readOrRefuse(() => {
    // Some clients send every field that they know, without values.
    const { model = kind.model, user, ...fields } = withoutNulls(fieldsOf(body, 'body'));
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
    readAnswer: body => readAnswer(kind, body, sent),
    startReading: () => noStreams(kind.name),
  };
}

export function readAnswer(
  { isAnswer, inForm }: Pick<JsonKind, 'isAnswer' | 'inForm'>,
  body: unknown,
  sent: Fields = {},
): NativeAnswer | NativeRefusal | UpstreamFailure {
  if (!isFields(body)) return failed('malformed');
  const refused = refusedIn(body);
  if (refused) return refused;
  if (!isAnswer(body, sent)) return failed('empty');
  const said = inForm ? inForm(body, sent) : body;
  return { kind: 'answer', body: said, tokens: readTokens(body.usage) };
}

/** The error inside a body or an event that should be an answer; null if there is none. */
export function refusedIn(body: Fields): NativeRefusal | null {
  if (isAbsent(body.error)) return null;
  return { kind: 'refused', status: statusOfError(body.error), body };
}
