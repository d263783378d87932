import { chatCompletionsStandIn } from '../chatCompletions/standIn.js';
import type { Fields } from '../fields.js';
import { type WireError, wireError } from '../sandbox/wireError.js';

export const standIn = chatCompletionsStandIn({
  answerIdPrefix: 'chatcmpl',
  idHeader: 'x-request-id',
  showsModelsToAnybody: false,
  comments: [],
  failsInChunks: false,
  saysUsageUnasked: false,
  saysNullUsage: true,
  saysCost: false,
  refusalOf: refusalByReasoningModel,
  errorBody: ({ status, message, param, code }) => ({
    error: { message, type: typeOf(status), param, code },
  }),
  modelList: ids => ({ object: 'list', data: ids.map(listedModel) }),
});

/** They refuse the old name and every temperature but 1. */
function refusalByReasoningModel(model: string, body: Fields): WireError | undefined {
  if (!/^(gpt-[5-9]|o)/.test(model)) return undefined;
  if (body.max_tokens !== undefined) {
    const message =
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
    return wireError(400, message, 'max_tokens', 'unsupported_parameter');
  }
  if (body.temperature !== undefined && body.temperature !== 1) {
    const message = `Unsupported value: 'temperature' does not support ${body.temperature} with this model. Only the default (1) value is supported.`;
    return wireError(400, message, 'temperature', 'unsupported_value');
  }
  return undefined;
}

function typeOf(status: number): string {
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

function listedModel(id: string): object {
  return { id, object: 'model', created: 0, owned_by: 'sandbox', shutdown_date: null };
}
