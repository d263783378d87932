import { isStrictBase64 } from './base64.js';
import type { Modality } from './catalog.js';
import type { ChatMessage, ContentPart } from './chat.js';
import { beginningOf } from './longTexts.js';

const MODALITY_OF_PART = {
  text: 'text',
  image_url: 'image',
  file: 'file',
  input_audio: 'audio',
  video_url: 'video',
} as const satisfies Record<ContentPart['type'], Modality>;

/** The field of the first audio whose data is no base64; null where all is well. */
export function findBadAudio(messages: ChatMessage[]): string | null {
  for (const [at, { content }] of messages.entries()) {
    if (!Array.isArray(content)) continue;
    const part = content.findIndex(
      one => one.type === 'input_audio' && !isStrictBase64(beginningOf(one.input_audio.data)),
    );
    if (part >= 0) return `messages[${at}].content[${part}].input_audio.data`;
  }
  return null;
}

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
