// A turn: what an agent does for one question, in many calls. Where a plan counts turns, the unit of the first call also
// pays for those that only bring what tools gave.

import type { CallRequest } from './call.js';

/** Whether a call brings what tools gave, and so goes on with a turn. */
export function bringsToolResults(request: CallRequest): boolean {
  if (request.native) return request.needs.bringsToolResults === true;
  return request.messages.at(-1)?.role === 'tool';
}
