import { parseChatCompletion } from './chatCompletion.js';
import { parseOpenAiModels } from './modelList.js';
import type { ChatProvider, UpstreamCall } from './port.js';
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

/** Without the first there is no usage in a stream; the second pads chunks with noise. */
const STREAMED = {
  stream: true,
  stream_options: { include_usage: true, include_obfuscation: false },
};

/** Takes text, images, audio and files; other content is refused earlier, by the catalogue. */
export function createOpenAi(settings: ProviderSettings): ChatProvider {
  const upstream = createUpstream(settings);
  return {
    async complete(call, cancellation) {
      const reply = await upstream.request(requestOf(call, {}), cancellation);
      return reply.kind === 'reply' ? parseChatCompletion(reply.body) : reply;
    },
    stream: (call, cancellation) => upstream.stream(requestOf(call, STREAMED), cancellation),
    async listModels(cancellation) {
      const reply = await upstream.request({ path: '/models' }, cancellation);
      return reply.kind === 'reply' ? parseOpenAiModels(reply.body) : reply;
    },
    close: upstream.close,
  };
}

function requestOf(call: UpstreamCall, more: object) {
  const leftOut = call.reasoning
    ? [...UNKNOWN_TO_OPENAI, ...REFUSED_BY_REASONING_MODELS]
    : UNKNOWN_TO_OPENAI;
  return {
    path: '/chat/completions',
    body: requestBody(call, leftOut, more),
    requestId: call.holdId,
    longTexts: call.longTexts,
    timeoutMs: call.timeoutMs,
  };
}
