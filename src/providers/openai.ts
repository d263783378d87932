import { parseChatCompletion } from './chatCompletion.js';
import type { ChatProvider } from './port.js';
import { requestBody } from './requestBody.js';
import { createUpstream, type ProviderSettings } from './upstream.js';

/** Options that OpenRouter drops silently and OpenAI answers with a 400: a caller sees no difference. */
const UNKNOWN_TO_OPENAI = ['top_k', 'min_p', 'top_a', 'repetition_penalty'];

const REFUSED_BY_REASONING_MODELS = [
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'logprobs',
  'top_logprobs',
];

/** Takes text, images, audio and files; other content is refused earlier, by the catalogue. */
export function createOpenAi(settings: ProviderSettings): ChatProvider {
  const upstream = createUpstream(settings);
  return {
    async complete(call, signal) {
      const leftOut = call.reasoning
        ? [...UNKNOWN_TO_OPENAI, ...REFUSED_BY_REASONING_MODELS]
        : UNKNOWN_TO_OPENAI;
      const headers = { 'x-client-request-id': call.holdId };
      const reply = await upstream.post(
        '/chat/completions',
        requestBody(call, leftOut),
        headers,
        signal,
      );
      return reply.kind === 'reply' ? parseChatCompletion(reply.body) : reply;
    },
    close: upstream.close,
  };
}
