import { readRefusal } from '../chatCompletions/refusal.js';
import { chatCompletions } from '../chatCompletions/wire.js';
import { dayOf, NOTHING_SAID, readModelList } from '../modelList.js';
import type { Wire } from '../port.js';
import { messageOf, optionsOf } from './request.js';
import { standIn } from './standIn.js';

/** Without the first there is no usage in a stream; the second pads chunks with noise. */
const STREAM_OPTIONS = { include_usage: true, include_obfuscation: false };

/** Takes text, images, audio and files; other content is refused earlier, by the catalogue. */
export const openai: Wire = {
  baseUrl: 'https://api.openai.com/v1',
  headersFor: apiKey => ({ authorization: `Bearer ${apiKey}` }),
  chat: chatCompletions({
    optionsOf,
    messageOf,
    streamed: { stream: true, stream_options: STREAM_OPTIONS },
  }),
  models: {
    path: '/models',
    // It says no more than when a model ends.
    read: body =>
      readModelList(body, entry => ({ ...NOTHING_SAID, expiresOn: dayOf(entry.shutdown_date) })),
  },
  keyPath: '/models',
  readRefusal,
  standIn,
};
