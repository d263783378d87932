// Anthropic's Messages: POST /v1/messages as its SDKs and Claude Code send it. Requests are passed on as they came.

import type { CountDialect, NativeDialect } from '../dialect.js';
import { inputTokensOf } from '../inputTokens.js';
import { openStream, renderRefusal, renderReply } from './render.js';
import { ignoredOf, parseCounted, parseMessages } from './request.js';

export const messages: NativeDialect = {
  name: 'messages',
  defaultLanguage: 'en',
  takesKeyInBody: false,
  idHeader: 'request-id',
  parse: parseMessages,
  ignored: ignoredOf,
  renderReply,
  renderRefusal,
  openStream,
};

/** POST /v1/messages/count_tokens. */
export const counted: CountDialect = {
  ...messages,
  name: 'count_tokens',
  parse: parseCounted,
  renderCount: request => ({ input_tokens: inputTokensOf(request, READ_BY_MODEL) }),
};

const READ_BY_MODEL = ['system', 'messages', 'tools', 'tool_choice', 'output_config'];
