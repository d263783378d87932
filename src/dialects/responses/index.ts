// OpenAI's Responses: POST /v1/responses. Requests are passed on in their own form.

import type { CountDialect, NativeDialect } from '../dialect.js';
import { inputTokensOf } from '../inputTokens.js';
import { renderCounters, renderRefusal } from '../openai/render.js';
import { ignoredOf } from './fields.js';
import { parseRequest } from './request.js';
import { openStream } from './stream.js';

export const responses: NativeDialect = {
  name: 'responses',
  defaultLanguage: 'en',
  takesKeyInBody: false,
  parse: parseRequest,
  ignored: ignoredOf,
  renderReply: ({ answer, model, usage, charged }) => {
    const ours = { model: model.id, store: answer.isKept === true };
    return Object.assign({}, answer.body, ours, renderCounters(usage, model.provider, charged));
  },
  renderRefusal,
  openStream,
};

/** POST /v1/responses/input_tokens. */
export const countedResponses: CountDialect = {
  ...responses,
  name: 'input_tokens',
  renderCount: request => ({
    object: 'response.input_tokens',
    input_tokens: inputTokensOf(request, READ_BY_MODEL),
  }),
};

const READ_BY_MODEL = ['instructions', 'input', 'tools', 'tool_choice', 'text'];
