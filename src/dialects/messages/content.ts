// Checks the blocks of a message's content, without changing them.

import { tidyBase64 } from '../../domain/base64.js';
import type { Modality } from '../../domain/catalog.js';
import { beginningOf } from '../../domain/longTexts.js';
import { isFilled } from '../../domain/unknownJson.js';
import { type Fields, fieldsOf, filledTextOf, invalid, isFields } from '../openai/fields.js';
import { notServed } from '../openai/notServed.js';

/** Every other type of block is text, or comes from a model. */
const MODALITY_OF_TYPE: Partial<Record<string, Modality>> = {
  image: 'image',
  image_url: 'image',
  file: 'file',
  audio: 'audio',
  input_audio: 'audio',
  video: 'video',
  video_url: 'video',
};
/** The types of a document's source that are text. */
const TEXT_SOURCES = ['text', 'content'];

/** Uploaded files belong to the operator's account, not to the caller. */
const AS_BASE64 = 'Send the file itself as base64';

/** Returns a text or a list of blocks unchanged, and adds the kinds of content in it to `found`. */
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
  if (from.type === 'file') throw notServed(`${field}.source.file_id`, AS_BASE64);
  if (type === 'container_upload') throw notServed(`${field}.file_id`, AS_BASE64);
  if (from.type === 'base64') checkBase64(from.data, `${field}.source.data`);
  const modality = type === 'document' ? documentsModality(from) : modalityOf(type);
  if (modality) found.add(modality);
  if (Array.isArray(content)) lookAt(content, `${field}.content`, found);
  if (Array.isArray(from.content)) lookAt(from.content, `${field}.source.content`, found);
}

function modalityOf(type: string): Modality | undefined {
  return Object.hasOwn(MODALITY_OF_TYPE, type) ? MODALITY_OF_TYPE[type] : undefined;
}

function checkBase64(data: unknown, field: string): void {
  if (tidyBase64(beginningOf(filledTextOf(data, field))) === null) throw invalid(field, 'base64');
}

function documentsModality({ type }: Fields): Modality {
  return TEXT_SOURCES.includes(type as string) ? 'text' : 'file';
}

/** Whether a block of an answer has content: text, thinking (also encrypted), a call, or any other type. */
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

/** The same for what a delta adds to a block. */
export function isContentAdded(delta: unknown): boolean {
  return (
    isFields(delta) &&
    Object.entries(delta).some(([name, value]) => name !== 'type' && value !== '' && value !== null)
  );
}
