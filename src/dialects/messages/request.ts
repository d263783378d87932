// Reads the body of POST /v1/messages into a call that is passed on.

import type { NativeCall, NativeRequest } from '../../domain/native.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { countOf } from '../../domain/tokens.js';
import { listOf, recordOf } from '../../domain/unknownJson.js';
import { userNamed } from '../../domain/user.js';
import type { SentHeaders } from '../dialect.js';
import { listIgnored } from '../ignoredFields.js';
import {
  fieldsOf,
  invalid,
  isAbsent,
  isEmptyList,
  modelNameOf,
  readOrRefuse,
  requireBody,
  textOf,
} from '../openai/fields.js';
import { upstreamDigest } from '../upstreamDigest.js';
import { readAnswer, startReading } from './answer.js';
import { siftBetas } from './betas.js';
import { foldMessage } from './folded.js';
import { sift } from './policy.js';

/** The license key comes only in a header. */
export function parseMessages(
  body: unknown,
  licenseKey: string | undefined,
  headers: SentHeaders,
): NativeRequest | Refusal {
  return parse(body, licenseKey, headers, ['model', 'max_tokens', 'messages']);
}

/** Reads a request whose tokens are only counted. It need not have `max_tokens`. */
export function parseCounted(
  body: unknown,
  licenseKey: string | undefined,
  headers: SentHeaders,
): NativeRequest | Refusal {
  return parse(body, licenseKey, headers, ['model', 'messages']);
}

function parse(
  body: unknown,
  licenseKey: string | undefined,
  headers: SentHeaders,
  required: string[],
): NativeRequest | Refusal {
  if (licenseKey === undefined) return refuse('invalid_license_key', 'license_missing', {});
  return readOrRefuse(() => {
    const fields = fieldsOf(body, 'body');
    requireBody(fields, required);
    const { model, stream, metadata, strict } = fields;
    for (const [field, value] of Object.entries({ stream, strict })) {
      if (!isAbsent(value) && typeof value !== 'boolean') throw invalid(field, 'boolean');
    }
    const { user_id } =
      isAbsent(metadata) || isEmptyList(metadata) ? {} : fieldsOf(metadata, 'metadata');
    const { sent, ignored, content } = sift(fields);
    const betas = siftBetas(headers, ignored).sent;
    return {
      licenseKey,
      model: modelNameOf(model),
      stream: stream === true,
      user: isAbsent(user_id) ? undefined : userNamed(textOf(user_id, 'metadata.user_id')),
      needs: {
        content: [...content],
        tools: sent.tools !== undefined,
        bringsToolResults: endsInToolResult(sent.messages),
      },
      strict: strict === true,
      native: callOf(sent, betas),
    };
  });
}

/** Looks at all blocks of the last message, because some clients add a text after the results of tools. */
function endsInToolResult(messages: unknown): boolean {
  const { content } = recordOf(listOf(messages).at(-1));
  return listOf(content).some(block => recordOf(block).type === 'tool_result');
}

/** The fields and betas that are not read; null if there are none. */
export function ignoredOf(body: unknown, headers: SentHeaders): string | null {
  const sifted = readOrRefuse(() => sift(fieldsOf(body, 'body')));
  if ('kind' in sifted) return null;
  return listIgnored([...sifted.ignored, ...siftBetas(headers, sifted.ignored).ignored]);
}

function callOf(sent: Record<string, unknown>, betas: string[]): NativeCall {
  return {
    modelKind: 'chat',
    paths: { openrouter: '/messages' },
    headers: betas.length > 0 ? { 'x-anthropic-beta': betas.join(',') } : {},
    bodyOf: ({ upstreamId, licenseId, isStreamed }) => ({
      model: upstreamId,
      ...sent,
      stream: isStreamed,
      metadata: { user_id: upstreamDigest(licenseId) },
    }),
    limit: { field: 'max_tokens', beside: thoughtTokens(sent.thinking) },
    readAnswer,
    startReading,
    fold: foldMessage,
  };
}

/** The tokens that thinking may take. Upstreams refuse a limit of the answer that leaves no room for them. */
function thoughtTokens(thinking: unknown): number {
  const { type, budget_tokens } = recordOf(thinking);
  return type === 'enabled' ? countOf(budget_tokens) : 0;
}
