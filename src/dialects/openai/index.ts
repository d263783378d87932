// The OpenAI dialect: POST /v1/chat/completions as the official SDKs send it.

import type { ChatDialect } from '../dialect.js';
import { openStream, renderRefusal, renderReply } from './render.js';
import { parseChat } from './request.js';

export const openai: ChatDialect = {
  name: 'openai',
  defaultLanguage: 'en',
  takesKeyInBody: false,
  parse: parseChat,
  renderReply,
  renderRefusal,
  openStream,
};
