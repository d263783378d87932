import { readRefusal } from '../chatCompletions/refusal.js';
import { chatCompletions } from '../chatCompletions/wire.js';
import { dayOf, NOTHING_SAID, readModelList } from '../modelList.js';
import type { Wire } from '../port.js';
import { messageOf, optionsOf } from './request.js';
import { standIn } from './standIn.js';

/** Usage comes in a stream only if it is asked for. Obfuscation would pad the chunks with noise. */
const STREAM_OPTIONS = { include_usage: true, include_obfuscation: false };

/** OpenAI accepts text, images, audio and files. Other content is refused earlier, because of the catalogue. */
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
    // OpenAI's list has only the id of a model and the day on which it ends.
    read: body =>
      readModelList(body, entry => ({ ...NOTHING_SAID, expiresOn: dayOf(entry.shutdown_date) })),
  },
  keyPath: '/models',
  readRefusal,
  standIn,
};
