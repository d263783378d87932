// The wire of chat completions, which OpenAI made and others speak too.

import type { ChatWire } from '../port.js';
import { readAnswer } from './answer.js';
import { startReading } from './event.js';
import { type BodyWays, requestBody } from './requestBody.js';

/** What those who speak it want in ways of their own. */
interface Ways extends BodyWays {
  /** What the body has beside, where a stream is wanted. */
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
