import { parseChatCompletion } from './chatCompletion.js';
import type { ChatProvider } from './port.js';
import { requestBody } from './requestBody.js';
import { createUpstream, type ProviderSettings } from './upstream.js';

/** OpenRouter drops by itself what a model does not take, and takes every kind of content part. */
export function createOpenRouter(settings: ProviderSettings): ChatProvider {
  const upstream = createUpstream(settings, { 'x-openrouter-title': 'Sahm' });
  return {
    async complete(call, signal) {
      const headers = { 'x-client-request-id': call.holdId };
      const reply = await upstream.post(
        '/chat/completions',
        requestBody(call, []),
        headers,
        signal,
      );
      return reply.kind === 'reply' ? parseChatCompletion(reply.body) : reply;
    },
    close: upstream.close,
  };
}
