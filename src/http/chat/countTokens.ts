// POST /v1/messages/count_tokens. We estimate the number ourselves: no upstream is asked, and nothing is charged.

import { inputTokensOf } from '../../dialects/messages/countTokens.js';
import { allow } from '../../flows/admit.js';
import { REQUEST_ID } from '../kernel/requestId.js';
import { sendWhole } from '../kernel/respond.js';
import { arrivalOf, type Exchange, refuseIn } from './exchange.js';

export async function answerCount(exchange: Exchange): Promise<void> {
  const { request, response, dialect, deps, id, note, parsed } = exchange;
  const allowed = await allow(parsed, arrivalOf(exchange), deps.chat);
  if (allowed.kind === 'refusal') return refuseIn(request, response, dialect, allowed, id);
  note.charged = 0;
  const body = { input_tokens: inputTokensOf(parsed) };
  sendWhole(response, JSON.stringify(body), { [REQUEST_ID]: id, 'X-Quota-Charged': 0 });
}
