// Writes the events of one stream. We number them ourselves, because we leave some out and add others.

import type { Model } from '../../domain/catalog.js';
import type { NativeEnd, NativeEvent, NativePiece, NativeRequest } from '../../domain/native.js';
import { ERROR_STATUS, type Refusal } from '../../domain/refusal.js';
import { type Fields, isRecord } from '../../domain/unknownJson.js';
import { eventOf, type StreamWriter } from '../dialect.js';
import { renderCounters, renderRefusal } from '../openai/render.js';
import { ItemIds } from './itemIds.js';
import { completeResponse } from './response.js';

export function openStream(
  _request: NativeRequest,
  id: string,
): StreamWriter<NativePiece, NativeEnd> {
  let count = 0;
  /** The newest state of the response that was sent. */
  let told: Fields | undefined;
  const write = (type: string, { type: _, sequence_number: __, ...data }: Fields): string => {
    const numbered = { type, sequence_number: count++, ...data };
    return eventOf(numbered, type);
  };
  const writeEvent = ({ name = '', data }: NativeEvent, model: Model, more: Fields): string => {
    if (!isRecord(data.response)) return write(name, data);
    told = Object.assign(data.response, { model: model.id }, more);
    return write(name, data);
  };
  return {
    piece: ({ events }, model) => events.map(event => writeEvent(event, model, {})).join(''),
    end({ events, isKept = false }, model, usage, charged) {
      const counters = { store: isKept, ...renderCounters(usage, model.provider, charged) };
      const begun = count;
      const text = events
        .map((event, place) =>
          writeEvent(event, model, place === events.length - 1 ? counters : {}),
        )
        .join('');
      // The end may be written again with other counters, so the numbers begin at the same count.
      count = begun;
      return text;
    },
    refusal(refusal, language) {
      const { error: said, ...counters } = renderRefusal(refusal, language);
      const error = said as Fields;
      const { message, param, code } = error;
      told ??= completeResponse({ status: 'in_progress' }, new ItemIds(id), id, {});
      const why = { code: failureCodeOf(refusal), message };
      const response = { ...told, status: 'failed', error: why, ...counters };
      // The official SDKs throw at the first event; Codex reads the second.
      return (
        write('error', { code, message, param, error }) + write('response.failed', { response })
      );
    },
  };
}

/** OpenAI's error codes, by which clients decide whether to retry. */
function failureCodeOf({ code }: Refusal): string {
  if (code === 'quota_exhausted') return 'insufficient_quota';
  const status = ERROR_STATUS[code];
  if (status === 429) return 'rate_limit_exceeded';
  return status < 500 ? 'invalid_prompt' : 'server_error';
}
