import { parseChatCompletion } from './chatCompletion.js';
import { parseOpenRouterModels } from './modelList.js';
import type { ChatProvider, UpstreamCall } from './port.js';
import { requestBody } from './requestBody.js';
import { createUpstream, type ProviderSettings } from './upstream.js';

/** By default only models that write text are listed. */
const ALL_MODELS = '/models?output_modalities=all';

/** OpenRouter drops by itself what a model does not take, and takes every kind of content part. */
export function createOpenRouter(settings: ProviderSettings): ChatProvider {
  const upstream = createUpstream(settings, { 'x-openrouter-title': 'Sahm' });
  return {
    async complete(call, cancellation) {
      const reply = await upstream.request(requestOf(call, {}), cancellation);
      return reply.kind === 'reply' ? parseChatCompletion(reply.body) : reply;
    },
    stream: (call, cancellation) =>
      upstream.stream(requestOf(call, { stream: true }), cancellation),
    async listModels(cancellation) {
      const reply = await upstream.request({ path: ALL_MODELS }, cancellation);
      return reply.kind === 'reply' ? parseOpenRouterModels(reply.body) : reply;
    },
    close: upstream.close,
  };
}

function requestOf(call: UpstreamCall, more: object) {
  return {
    path: '/chat/completions',
    body: requestBody(call, [], more),
    requestId: call.holdId,
    longTexts: call.longTexts,
    timeoutMs: call.timeoutMs,
  };
}
