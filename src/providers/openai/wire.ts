import { readRefusal } from '../chatCompletions/refusal.js';
import { chatCompletions } from '../chatCompletions/wire.js';
import { dayOf, NOTHING_SAID, readModelList } from '../modelList.js';
import type { Wire } from '../port.js';
import { standIn } from './standIn.js';

/** Options that OpenRouter drops silently and OpenAI answers with a 400: a caller sees no difference. */
const UNKNOWN = ['top_k', 'min_p', 'top_a', 'repetition_penalty'];

const REFUSED_BY_REASONING_MODELS = [
  ...UNKNOWN,
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'logprobs',
  'top_logprobs',
];

/** Without the first there is no usage in a stream; the second pads chunks with noise. */
const STREAM_OPTIONS = { include_usage: true, include_obfuscation: false };

/** Takes text, images, audio and files; other content is refused earlier, by the catalogue. */
export const openai: Wire = {
  baseUrl: 'https://api.openai.com/v1',
  headersFor: apiKey => ({ authorization: `Bearer ${apiKey}` }),
  chat: chatCompletions({
    leftOutOf: call => (call.reasoning ? REFUSED_BY_REASONING_MODELS : UNKNOWN),
    streamed: { stream: true, stream_options: STREAM_OPTIONS },
  }),
  models: {
    path: '/models',
    // It says no more than when a model ends.
    read: body =>
      readModelList(body, entry => ({ ...NOTHING_SAID, expiresOn: dayOf(entry.shutdown_date) })),
  },
  readRefusal,
  standIn,
};
