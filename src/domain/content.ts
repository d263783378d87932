import type { Modality } from './catalog.js';
import type { ChatMessage, ContentPart } from './chat.js';

const MODALITY_OF_PART = {
  text: 'text',
  image_url: 'image',
  file: 'file',
  input_audio: 'audio',
  video_url: 'video',
} as const satisfies Record<ContentPart['type'], Modality>;

/** The kinds of content in the messages, each once, text always first. */
export function modalitiesOf(messages: ChatMessage[]): Modality[] {
  const found: Modality[] = ['text'];
  for (const { content } of messages) {
    if (!Array.isArray(content)) continue;
    for (const { type } of content) {
      const modality = MODALITY_OF_PART[type];
      if (!found.includes(modality)) found.push(modality);
    }
  }
  return found;
}
