import type { Modality } from './catalog.js';
import type { ChatMessage, ContentPart } from './chat.js';

const MODALITY_OF_PART = {
  text: 'text',
  image_url: 'image',
  file: 'file',
  input_audio: 'audio',
  video_url: 'video',
} as const satisfies Record<ContentPart['type'], Modality>;

/** The kinds of content that the messages hold, text always among them. */
export function modalitiesOf(messages: ChatMessage[]): Set<Modality> {
  const found = new Set<Modality>(['text']);
  for (const { content } of messages) {
    if (!Array.isArray(content)) continue;
    for (const part of content) found.add(MODALITY_OF_PART[part.type]);
  }
  return found;
}
