// The blocks of a message's content. They are looked at and not rewritten.

import type { Modality } from '../../domain/catalog.js';
import { isFilled } from '../../domain/unknownJson.js';
import { type Fields, fieldsOf, invalid, isFields } from '../openai/fields.js';

/** Every other type of block is text, or was written by a model. */
const MODALITY_OF_TYPE: Partial<Record<string, Modality>> = {
  image: 'image',
  image_url: 'image',
  file: 'file',
  audio: 'audio',
  input_audio: 'audio',
  video: 'video',
  video_url: 'video',
};
/** A document whose source says itself that it is text. */
const TEXT_SOURCES = ['text', 'content'];

/** Gives a text or a list of blocks back as it came, and notes in `found` the kinds of content in it. */
export function lookAt(content: unknown, field: string, found: Set<Modality>): unknown {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw invalid(field, 'string | array of content blocks');
  for (const [index, block] of content.entries()) {
    lookAtBlock(fieldsOf(block, `${field}[${index}]`), `${field}[${index}]`, found);
  }
  return content;
}

function lookAtBlock(block: Fields, field: string, found: Set<Modality>): void {
  const { type, source, content } = block;
  if (typeof type !== 'string') throw invalid(`${field}.type`, 'string');
  const from = isFields(source) ? source : {};
  // Files that were uploaded belong to the operator's account, not to the caller.
  if (from.type === 'file') throw invalid(`${field}.source.type`, 'base64 | url | text');
  if (type === 'container_upload') throw invalid(`${field}.type`, 'text | image | document');
  const modality = type === 'document' ? documentsModality(from) : MODALITY_OF_TYPE[type];
  if (modality) found.add(modality);
  if (Array.isArray(content)) lookAt(content, `${field}.content`, found);
  if (Array.isArray(from.content)) lookAt(from.content, `${field}.source.content`, found);
}

function documentsModality({ type }: Fields): Modality {
  return TEXT_SOURCES.includes(type as string) ? 'text' : 'file';
}

/** Whether a block of an answer says anything: text, thinking also where it is encrypted, a call, whatever else. */
export function isContent(block: unknown): boolean {
  if (!isFields(block) || typeof block.type !== 'string') return false;
  const { text, thinking, signature, data } = block;
  switch (block.type) {
    case 'text':
      return isFilled(text);
    case 'thinking':
      return isFilled(thinking) || isFilled(signature);
    case 'redacted_thinking':
      return isFilled(data);
    default:
      return true;
  }
}

/** The same of what is added to a block. */
export function isContentAdded(delta: unknown): boolean {
  return (
    isFields(delta) &&
    Object.entries(delta).some(([name, value]) => name !== 'type' && value !== '' && value !== null)
  );
}
