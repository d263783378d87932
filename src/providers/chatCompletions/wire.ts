// The wire of chat completions, which OpenAI made and others use too.

import type { ChatWire } from '../port.js';
import { readAnswer } from './answer.js';
import { startReading } from './event.js';
import { type BodyWays, requestBody } from './requestBody.js';

/** In what the upstreams of this wire differ. */
interface Ways extends BodyWays {
  /** Further fields of the body if a stream is wanted. */
  streamed: object;
}

const WHOLE = {};

export function chatCompletions(ways: Ways): ChatWire {
  return {
    path: '/chat/completions',
    bodyOf: (call, isStreamed) => requestBody(call, ways, isStreamed ? ways.streamed : WHOLE),
    readAnswer,
    startReading,
  };
}
