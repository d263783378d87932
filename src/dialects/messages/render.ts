// Replies and errors in Anthropic's form, with `quota` and `usage_breakdown` beside.

import type { Model } from '../../domain/catalog.js';
import type { Language } from '../../domain/language.js';
import type { NativeAnswer, NativeEnd, NativeEvent, NativePiece } from '../../domain/native.js';
import { ERROR_STATUS, type Refusal } from '../../domain/refusal.js';
import { listOf, withoutNulls } from '../../domain/unknownJson.js';
import { say } from '../../i18n/messages.js';
import { eventOf, type StreamWriter, type WholeReply } from '../dialect.js';
import { type Fields, isFields } from '../openai/fields.js';
import { renderCounters, renderRefusedCounters } from '../openai/render.js';
import { typeOfStatus } from './errorTypes.js';
import { THREAD_NOT_KEPT } from './policy.js';
import { renderUsage } from './usage.js';

export function renderReply({
  id,
  answer,
  model,
  usage,
  charged,
}: WholeReply<NativeAnswer>): Fields {
  const message = renderMessage(answer.body, id, model);
  return Object.assign({}, message, renderCounters(usage, model.provider, charged));
}

/** `{type: "error", error: {type, message, code}, request_id}`, with the counters if they are known. */
export function renderRefusal(refusal: Refusal, language: Language, id: string): Fields {
  const { code, upstreamCode, message, usage, provider, charged } = refusal;
  return {
    type: 'error',
    error: {
      type: typeOfStatus(ERROR_STATUS[code]),
      message: say(language, message),
      code: upstreamCode ?? code,
      ...(upstreamCode === THREAD_NOT_KEPT && {
        details: { error_code: upstreamCode, unsupported: [refusal.field] },
      }),
    },
    request_id: id,
    ...(usage && renderRefusedCounters(usage, provider, charged)),
  };
}

export function openStream(_request: unknown, id: string): StreamWriter<NativePiece, NativeEnd> {
  const write = (event: NativeEvent, more: Fields = {}) =>
    eventOf({ ...event.data, type: event.name, ...more }, event.name);
  const opened = ({ data }: NativeEvent, model: Model) => ({
    message: renderMessage(isFields(data.message) ? data.message : {}, id, model),
  });
  const begun = (event: NativeEvent, model: Model) => {
    if (event.name === 'message_start') return write(event, opened(event, model));
    if (event.name !== 'content_block_start') return write(event);
    return write(event, { content_block: renderBlock(event.data.content_block) });
  };
  return {
    piece: ({ events }, model) => events.map(event => begun(event, model)).join(''),
    end({ events }, model, usage, charged) {
      const counters = renderCounters(usage, model.provider, charged);
      return events
        .map(event =>
          event.name === 'message_delta'
            ? write(event, { usage: renderUsage(event.data.usage), ...counters })
            : begun(event, model),
        )
        .join('');
    },
    refusal: (refusal, language) => eventOf(renderRefusal(refusal, language, id), 'error'),
  };
}

/** The AI SDK does not accept null for `citations`. */
function renderBlock(block: unknown): unknown {
  return isFields(block) ? withoutNulls(block) : block;
}

/** Sets our own id and model. Removes `provider`, because it concerns only the operator. */
function renderMessage({ provider: _, ...message }: Fields, id: string, model: Model): Fields {
  return {
    ...message,
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model: model.id,
    content: listOf(message.content).map(renderBlock),
    stop_reason: message.stop_reason ?? null,
    stop_sequence: message.stop_sequence ?? null,
    usage: renderUsage(message.usage),
  };
}
