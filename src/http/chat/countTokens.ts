// POST /v1/messages/count_tokens and /v1/responses/input_tokens. We estimate the number ourselves: no upstream is asked,
// and nothing is charged.

import type { CountDialect } from '../../dialects/dialect.js';
import { allow } from '../../flows/admit.js';
import { REQUEST_ID } from '../kernel/requestId.js';
import { sendWhole } from '../kernel/respond.js';
import { arrivalOf, type Exchange, refuseIn } from './exchange.js';

export async function answerCount(exchange: Exchange): Promise<void> {
  const { request, response, deps, id, note, parsed } = exchange;
  const dialect = exchange.dialect as CountDialect;
  const allowed = await allow(parsed, arrivalOf(exchange), deps.chat);
  if (allowed.kind === 'refusal') return refuseIn(request, response, dialect, allowed, id);
  note.charged = 0;
  const body = dialect.renderCount(allowed.request);
  sendWhole(response, JSON.stringify(body), { [REQUEST_ID]: id, 'X-Quota-Charged': 0 });
}
