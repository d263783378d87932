// Reads the body of POST /v1/messages into the call that is handed on.

import type { NativeCall, NativeRequest } from '../../domain/native.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { listOf, recordOf } from '../../domain/unknownJson.js';
import { userNamed } from '../../domain/user.js';
import type { SentHeaders } from '../dialect.js';
import { listIgnored } from '../ignoredFields.js';
import {
  fieldsOf,
  invalid,
  isAbsent,
  isFields,
  modelNameOf,
  readOrRefuse,
  requireBody,
} from '../openai/fields.js';
import { upstreamDigest } from '../upstreamDigest.js';
import { readAnswer, startReading } from './answer.js';
import { siftBetas } from './betas.js';
import { foldMessage } from './folded.js';
import { sift } from './policy.js';

/** The key comes in a header only. */
export function parseMessages(
  body: unknown,
  licenseKey: string | undefined,
  headers: SentHeaders,
): NativeRequest | Refusal {
  return parse(body, licenseKey, headers, ['model', 'max_tokens', 'messages']);
}

/** A request that is only counted: it need not say how long its answer may be. */
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
    const { model, stream, metadata } = fields;
    if (!isAbsent(stream) && typeof stream !== 'boolean') throw invalid('stream', 'boolean');
    const { sent, ignored, content } = sift(fields);
    const betas = siftBetas(headers, ignored).sent;
    return {
      licenseKey,
      model: modelNameOf(model),
      stream: stream === true,
      user: isFields(metadata) ? userNamed(metadata.user_id) : undefined,
      needs: {
        content: [...content],
        tools: sent.tools !== undefined,
        bringsToolResults: endsInToolResult(sent.messages),
      },
      native: callOf(sent, betas),
    };
  });
}

/** Some clients add a text of their own to the message that has what their tools gave. */
function endsInToolResult(messages: unknown): boolean {
  const { content } = recordOf(listOf(messages).at(-1));
  return listOf(content).some(block => recordOf(block).type === 'tool_result');
}

/** What is not read, of the body and of its betas; null where that is nothing. */
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
    readAnswer,
    startReading,
    fold: foldMessage,
  };
}
