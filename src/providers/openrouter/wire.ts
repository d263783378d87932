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
    // It drops by itself what a model does not take, and takes every kind of content part.
    optionsOf({ prompt_cache_retention: _, ...options }) {
      return options;
    },
    messageOf: message => message,
    streamed: { stream: true },
  }),
  models: {
    // By default only models that write text are listed.
    path: '/models?output_modalities=all',
    read: readModels,
  },
  generations,
  // Its list of models is open to everybody.
  keyPath: '/key',
  videos,
  readRefusal,
  standIn,
};
