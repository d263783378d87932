// What the sandbox answers at paths other than that of chats. All upstreams have the same form there.

import { embeddings } from './embeddings.js';
import { images } from './images.js';
import { messages } from './messages.js';
import { moderations } from './moderations.js';
import { responses } from './responses.js';
import { speech } from './speech.js';
import type { NativeStandIn } from './standIn.js';
import { transcriptions } from './transcriptions.js';
import { videos } from './videos.js';

/** Keyed by the path below the base URL. */
export const NATIVES: Partial<Record<string, NativeStandIn>> = {
  '/embeddings': embeddings,
  '/responses': responses,
  '/messages': messages,
  '/moderations': moderations,
  // OpenRouter has this one path for making and editing images.
  '/images': images('image_generation'),
  '/images/generations': images('image_generation'),
  '/images/edits': images('image_edit'),
  '/audio/speech': speech,
  '/audio/transcriptions': transcriptions,
  '/videos': videos,
};
