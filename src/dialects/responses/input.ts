// Reads the `input` of a request: a text, or items. Items are passed on as they came. They are only checked for the
// kinds of content that the model must accept, and for references to the operator's account at the upstream.

import type { Modality } from '../../domain/catalog.js';
import { beginningOf } from '../../domain/longTexts.js';
import { imageOf, parseAudio, urlOf } from '../openai/content.js';
import {
  type Fields,
  fieldsOf,
  filledTextOf,
  invalid,
  isAbsent,
  isEmptyList,
  isFields,
  textOf,
} from '../openai/fields.js';
import { fileIdNotServed } from '../openai/notServed.js';
import { oneOf } from '../openai/options.js';
import { readTools } from './tools.js';

const MOST_ITEMS = 10_000;
const MOST_PARTS = 1_000;
const role = oneOf('user', 'assistant', 'system', 'developer');

export interface ReadInput {
  items: Fields[];
  content: Modality[];
  /** Whether there are tools among the items. */
  hasTools: boolean;
}

export function readInput(value: unknown): ReadInput {
  const input = new InputReader();
  if (isAbsent(value)) return input;
  if (typeof value === 'string') {
    const text = filledTextOf(value, 'input');
    input.items.push(messageOf('user', [{ type: 'input_text', text }]));
    return input;
  }
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_ITEMS) {
    throw invalid('input', `string | array of 1 to ${MOST_ITEMS} items`);
  }
  for (const [index, item] of value.entries()) input.read(item, `input[${index}]`);
  return input;
}

export function messageOf(from: string, content: Fields[]): Fields {
  return { type: 'message', role: from, content };
}

class InputReader implements ReadInput {
  readonly items: Fields[] = [];
  readonly content: Modality[] = ['text'];
  hasTools = false;

  read(value: unknown, field: string): void {
    const item = fieldsOf(value, field);
    const read = this.readItem(item, field);
    if (read) this.items.push(read);
  }

  /** Null if nothing of the item can be sent. */
  private readItem(item: Fields, field: string): Fields | null {
    switch (item.type ?? (isReference(item) ? 'item_reference' : 'message')) {
      case 'message':
        role(item.role, `${field}.role`);
        return {
          ...item,
          type: 'message',
          content: this.contentOf(item.content, `${field}.content`),
        };
      case 'function_call':
        textOf(item.arguments, `${field}.arguments`);
        return named(item, ['call_id', 'name'], field);
      case 'custom_tool_call':
        textOf(item.input, `${field}.input`);
        return named(item, ['call_id', 'name'], field);
      case 'function_call_output':
      case 'custom_tool_call_output':
        named(item, ['call_id'], field);
        return { ...item, output: this.contentOf(item.output, `${field}.output`) };
      case 'item_reference':
        return { ...named(item, ['id'], field), type: 'item_reference' };
      case 'reasoning':
        return isBare(item) ? null : item;
      case 'additional_tools':
        return this.withTools(item, field);
      case 'tool_search_output':
        return isAbsent(item.tools)
          ? item
          : { ...item, tools: readTools(item.tools, `${field}.tools`) };
      default:
        textOf(item.type, `${field}.type`);
        return item;
    }
  }

  private withTools(item: Fields, field: string): Fields | null {
    const tools = readTools(item.tools, `${field}.tools`);
    if (tools.length === 0) return null;
    this.hasTools = true;
    return { ...item, tools };
  }

  private contentOf(value: unknown, field: string): unknown {
    if (typeof value === 'string') return value;
    // Codex sends this for an answer without content.
    if (isEmptyList(value)) return [];
    if (!Array.isArray(value) || value.length > MOST_PARTS) {
      throw invalid(field, `string | array of 1 to ${MOST_PARTS} parts`);
    }
    return value.map((part, index) => this.readPart(part, `${field}[${index}]`));
  }

  private readPart(value: unknown, field: string): Fields {
    const part = fieldsOf(value, field);
    if (!isAbsent(part.file_id)) throw fileIdNotServed(`${field}.file_id`);
    switch (part.type) {
      case 'input_text':
      case 'output_text':
        textOf(part.text, `${field}.text`);
        return part;
      case 'input_image':
        this.needs('image');
        return { ...part, image_url: imageOf(part.image_url, `${field}.image_url`) };
      case 'input_file':
        return this.readFile(part, field);
      case 'input_audio':
        this.needs('audio');
        return { ...part, ...parseAudio(part, field), type: 'input_audio' };
      case 'input_video':
        this.needs('video');
        return part;
      default:
        textOf(part.type, `${field}.type`);
        return part;
    }
  }

  private readFile(part: Fields, field: string): Fields {
    const { file_data, file_url } = part;
    if (isAbsent(file_data) && isAbsent(file_url)) {
      throw invalid(field, '{filename, file_data} | {file_url}');
    }
    const read = { ...part };
    if (!isAbsent(file_url)) read.file_url = urlOf(file_url, `${field}.file_url`);
    if (!isAbsent(file_data)) read.file_data = urlOf(file_data, `${field}.file_data`);
    const isImage = IMAGE.test(beginningOf((read.file_data ?? read.file_url) as never));
    this.needs(isImage ? 'image' : 'file');
    return read;
  }

  private needs(modality: Modality): void {
    if (!this.content.includes(modality)) this.content.push(modality);
  }
}

const IMAGE = /^data:image\//i;

function named(item: Fields, names: string[], field: string): Fields {
  for (const name of names) filledTextOf(item[name], `${field}.${name}`);
  return item;
}

/** OpenAI lets the type of a reference be left out. */
function isReference(item: Fields): boolean {
  return Object.entries(item).every(([name, value]) => name === 'id' || isAbsent(value));
}

/** A thought of which only the id was sent. The upstream does not keep it, so the id is useless. */
function isBare({ encrypted_content, content, summary }: Fields): boolean {
  const isEmpty = (value: unknown) => isAbsent(value) || isEmptyList(value) || value === '';
  return isEmpty(encrypted_content) && isEmpty(content) && !hasText(summary);
}

function hasText(summary: unknown): boolean {
  return (
    Array.isArray(summary) && summary.some(part => isFields(part) && typeof part.text === 'string')
  );
}
