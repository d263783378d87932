import { readRefusal } from '../chatCompletions/refusal.js';
import { chatCompletions } from '../chatCompletions/wire.js';
import type { Wire } from '../port.js';
import { generations } from './generations.js';
import { readModels } from './models.js';
import { standIn } from './standIn.js';
import { videos } from './videos.js';

export const openrouter: Wire = {
  baseUrl: 'https://openrouter.ai/api/v1',
  headersFor: apiKey => ({ authorization: `Bearer ${apiKey}`, 'x-openrouter-title': 'Sahm' }),
  chat: chatCompletions({
    // OpenRouter drops what a model does not accept, and accepts every kind of content part.
    optionsOf({ prompt_cache_retention: _, ...options }) {
      return options;
    },
    messageOf: message => message,
    streamed: { stream: true },
  }),
  models: {
    // Without the parameter, only models that write text are listed.
    path: '/models?output_modalities=all',
    read: readModels,
  },
  generations,
  // The list of models needs no key, so it cannot tell whether a key works.
  keyPath: '/key',
  videos,
  readRefusal,
  standIn,
};
