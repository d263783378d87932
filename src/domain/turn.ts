// A turn is what an agent does for one question, in many calls. If a plan counts turns, the unit of the first call also
// pays for calls that only bring results of tools.

import type { CallRequest } from './call.js';

/** Whether a call brings results of tools, and so continues a turn. */
export function bringsToolResults(request: CallRequest): boolean {
  if (request.native) return request.needs.bringsToolResults === true;
  return request.messages.at(-1)?.role === 'tool';
}
