// The wire of chat completions, which OpenAI made and others speak too.

import type { ChatWire, UpstreamCall } from '../port.js';
import { readAnswer } from './answer.js';
import { readEvent } from './event.js';
import { requestBody } from './requestBody.js';

/** What those who speak it want in ways of their own. */
interface Ways {
  /** Names of options that the upstream, or the model, would refuse. */
  leftOutOf(call: UpstreamCall): readonly string[];
  /** What the body has beside, where a stream is wanted. */
  streamed: object;
}

const WHOLE = {};

export function chatCompletions({ leftOutOf, streamed }: Ways): ChatWire {
  return {
    path: '/chat/completions',
    bodyOf: (call, isStreamed) => requestBody(call, leftOutOf(call), isStreamed ? streamed : WHOLE),
    readAnswer,
    // Each event says all by itself.
    startReading: () => readEvent,
  };
}
