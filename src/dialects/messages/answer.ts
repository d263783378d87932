// Reads the upstream's answer: a whole message, or the events of one.

import { failed, type TokenUsage, type UpstreamFailure } from '../../domain/chat.js';
import type {
  NativeAnswer,
  NativeEvent,
  NativeEventReader,
  NativeRefusal,
  NativeStep,
} from '../../domain/native.js';
import { recordOf, withoutNulls } from '../../domain/unknownJson.js';
import { statusOfError } from '../../domain/upstreamError.js';
import { type Fields, isAbsent, isFields } from '../openai/fields.js';
import { completeBlock, StreamedBlocks, stopReasonOf } from './blocks.js';
import { isContent, isContentAdded } from './content.js';
import { readUsage } from './usage.js';

export function readAnswer(
  body: unknown,
  callId: string,
): NativeAnswer | NativeRefusal | UpstreamFailure {
  if (!isFields(body)) return failed('malformed');
  if (!isAbsent(body.error)) return refusedInside(body);
  const { content, stop_reason } = body;
  if (!Array.isArray(content)) return failed('malformed');
  const tokens = readUsage(body.usage);
  const isAnswer = content.some(isContent) || isComputed(stop_reason, tokens);
  if (!isAnswer) return failed('empty');
  const blocks = content.filter(isFields);
  const hasCalls = blocks.some(({ type }) => type === 'tool_use');
  const complete = {
    content: blocks.map((block, place) => completeBlock(block, place, callId)),
    stop_reason: stopReasonOf(stop_reason, hasCalls),
  };
  return { kind: 'answer', body: Object.assign({}, body, complete), tokens };
}

/**
 * The beginning of a message is held back until content follows. So if the provider fails before that, there can be
 * another try, or an error with a status for the caller.
 */
export function startReading(callId: string): NativeEventReader {
  const blocks = new StreamedBlocks(callId);
  let opening: NativeEvent[] = [];
  let hasBegun = false;
  let hadContent = false;
  let usage: Fields = {};
  let last: Fields = {};
  const onWith = (event: NativeEvent, hasContent: boolean): NativeStep | UpstreamFailure => {
    if (!hasBegun) return failed('malformed');
    const events = [...opening, ...blocks.read(event)];
    opening = [];
    hadContent ||= hasContent;
    return stepOf(events, hasContent);
  };
  return event => {
    const { data } = event;
    if (!isAbsent(data.error)) return refusedInside(data);
    const name = typeof data.type === 'string' ? data.type : event.name;
    const named = { name, data };
    switch (name) {
      case undefined:
        return stepOf([]);
      case 'message_start':
        hasBegun = true;
        opening = [named];
        usage = recordOf(recordOf(data.message).usage);
        return stepOf([]);
      case 'ping':
        return stepOf(opening.length > 0 || !hasBegun ? [] : [named]);
      case 'content_block_start':
        return onWith(named, isContent(data.content_block));
      case 'content_block_delta':
        return onWith(named, isContentAdded(data.delta));
      case 'message_delta':
        last = { ...last, ...data, delta: { ...recordOf(last.delta), ...recordOf(data.delta) } };
        usage = { ...usage, ...withoutNulls(recordOf(data.usage)) };
        return stepOf([]);
      case 'message_stop': {
        const { stop_reason, ...more } = recordOf(last.delta);
        const tokens = readUsage(usage);
        if (!hasBegun || !(hadContent || isComputed(stop_reason, tokens))) return failed('empty');
        const ended = stopReasonOf(stop_reason, blocks.hasCalls);
        const delta = { stop_sequence: null, ...more, stop_reason: ended };
        const ending = { name: 'message_delta', data: { ...last, delta, usage } };
        const events = [...opening, ...blocks.endAll(), ending, named];
        return { kind: 'step', events, hasContent: false, isEnd: true, tokens };
      }
      default:
        return onWith(named, false);
    }
  };
}

/** Stop reasons that the caller's limit or the model's choice caused. */
const CHOSEN_ENDS = ['max_tokens', 'refusal', 'model_context_window_exceeded'];

/** Whether an answer without content was computed all the same, and is charged (docs/ledger.md, who pays). */
function isComputed(stopReason: unknown, tokens: TokenUsage | null): boolean {
  if (typeof stopReason !== 'string') return false;
  return CHOSEN_ENDS.includes(stopReason) || (tokens?.completionTokens ?? 0) > 0;
}

function stepOf(events: NativeEvent[], hasContent = false): NativeStep {
  return { kind: 'step', events, hasContent, isEnd: false, tokens: null };
}

function refusedInside(body: Fields): NativeRefusal {
  return { kind: 'refused', status: statusOfError(body.error), body };
}
