// POST /v1/estimate. It takes the body of a chat in OpenAI's dialect, and says what the chat would cost at most.

import { type Estimate, estimate } from '../../flows/estimate.js';
import { REQUEST_ID } from '../kernel/requestId.js';
import { sendWhole } from '../kernel/respond.js';
import { arrivalOf, type Exchange, refuseIn } from './exchange.js';
import type { EstimateWire } from './wire.js';

export async function answerEstimate(exchange: Exchange): Promise<void> {
  const { request, response, dialect, deps, id, note, parsed } = exchange;
  if (parsed.native) throw new Error('a chat is none that is handed on');
  const found = await estimate(parsed, arrivalOf(exchange), deps.chat);
  if (found.kind === 'refusal') return refuseIn(request, response, dialect, found, id);
  note.charged = 0;
  const body: EstimateWire = renderEstimate(found);
  sendWhole(response, JSON.stringify(body), { [REQUEST_ID]: id, 'X-Quota-Charged': 0 });
}

function renderEstimate(found: Estimate): EstimateWire {
  const { fits, units, maxCostMicrousd, bucket, maxTokens } = found;
  return {
    fits,
    ...(units !== undefined && { units }),
    ...(maxCostMicrousd !== undefined && { max_cost_microusd: maxCostMicrousd }),
    bucket,
    max_tokens: maxTokens,
  };
}
