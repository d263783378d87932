// OpenAI's Responses: POST /v1/responses. Requests are passed on in their own form.

import type { NativeDialect } from '../dialect.js';
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
