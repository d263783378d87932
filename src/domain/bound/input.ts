// The most tokens that a request's input can have, part by part. Each part says how it was counted.

import { mostSecondsOf } from '../audio.js';
import type { InputCaps, Model } from '../catalog.js';
import type { ChatMessage, ChatOptions, ContentPart } from '../chat.js';
import { imageSizeOf } from '../imageSize.js';
import { type BodyText, beginningOf, type LongTexts, putLongTextsBack } from '../longTexts.js';

export interface InputPart {
  what: 'text' | 'image' | 'audio' | 'file' | 'video';
  tokens: number;
  /** How the number was found. */
  source: 'utf8_bytes' | 'image_size' | 'audio_length' | 'model_cap' | 'context_length';
}

/** For the template around each message: role, separators, and the beginning of the answer. */
const TOKENS_A_MESSAGE = 16;

export function chatInput(
  messages: ChatMessage[],
  options: ChatOptions,
  longTexts: LongTexts | undefined,
  model: Model,
): InputPart[] {
  const measure = new Measure(longTexts);
  let bytes = TOKENS_A_MESSAGE;
  const parts: InputPart[] = [];
  for (const message of messages) {
    const { content } = message;
    bytes += TOKENS_A_MESSAGE + besideContent(message, measure);
    if (!Array.isArray(content)) {
      if (content !== null) bytes += measure.bytesOf(beginningOf(content));
      continue;
    }
    for (const part of content) {
      if (part.type === 'text') bytes += measure.bytesOf(beginningOf(part.text));
      else parts.push(mediaPart(part, measure, model));
    }
  }
  const { tools, response_format, tool_choice } = options;
  const isPlain = !tools && !response_format && !tool_choice;
  bytes += isPlain
    ? NOTHING_DESCRIBED
    : measure.bytesOf(JSON.stringify([tools, response_format, tool_choice]));
  return [{ what: 'text', tokens: bytes, source: 'utf8_bytes' }, ...parts];
}

/** What JSON is where there is nothing, which is nearly always: to write it would cost more than all the rest. */
const NOTHING_DESCRIBED = '[null,null,null]'.length;
const AROUND_ROLE = '{"role":""}'.length;

/** Names, tool calls and thoughts are counted as JSON. */
function besideContent(message: ChatMessage, measure: Measure): number {
  for (const name in message) {
    if (name === 'role' || name === 'content') continue;
    const { content: _, ...rest } = message;
    return measure.bytesOf(JSON.stringify(rest));
  }
  return AROUND_ROLE + message.role.length;
}

/** A call that is passed on counts with its whole body, unless it refers to media elsewhere. */
export function nativeInput(
  body: object,
  hasMedia: boolean,
  longTexts: LongTexts | undefined,
  { card }: Model,
): InputPart[] {
  if (hasMedia) {
    return [{ what: 'file', tokens: card.context_length, source: 'context_length' }];
  }
  const tokens = TOKENS_A_MESSAGE + new Measure(longTexts).bytesOf(JSON.stringify(body));
  return [{ what: 'text', tokens, source: 'utf8_bytes' }];
}

/**
 * The number of characters. A long text is read back first, because its bytes with their escapes are several times as
 * many.
 */
export function charactersOf(text: BodyText, longTexts: LongTexts | undefined): number {
  const whole = beginningOf(text);
  const isCut = longTexts && longTexts.marker !== '' && whole.includes(longTexts.marker);
  if (!isCut) return whole.length;
  const json = Buffer.concat(putLongTextsBack(JSON.stringify(whole), longTexts));
  return (JSON.parse(json.toString()) as string).length;
}

/**
 * Counts text in bytes, because every token is at least one byte. Some tokenizers read a text's compatibility form
 * (NFKC). If that is longer, it counts.
 */
class Measure {
  constructor(private readonly longTexts: LongTexts | undefined) {}

  bytesOf(text: string): number {
    const { marker = '', texts = [] } = this.longTexts ?? {};
    if (marker === '' || !text.includes(marker)) return textBytes(text);
    const [begin = '', ...standIns] = text.split(marker);
    return standIns.reduce((sum, standIn) => {
      const number = /^\d+/.exec(standIn)?.[0] ?? '';
      const cut = texts[Number(number)];
      return sum + (cut ? longBytes(cut) : 0) + textBytes(standIn.slice(number.length));
    }, textBytes(begin));
  }

  /** The first bytes of base64 data, and the number of all bytes. */
  base64(data: string): { head: Buffer; bytes: number } {
    const { marker = '', texts = [] } = this.longTexts ?? {};
    const at = marker === '' ? -1 : data.indexOf(marker);
    if (at < 0) {
      return {
        head: Buffer.from(data.slice(0, MOST_HEAD), 'base64'),
        bytes: Math.ceil((data.length * 3) / 4),
      };
    }
    const cut = texts[Number(/^\d+/.exec(data.slice(at + marker.length))?.[0])] ?? Buffer.alloc(0);
    const more = cut.toString('latin1', 0, MOST_HEAD).replaceAll('\\/', '/');
    return {
      head: Buffer.from(data.slice(0, at) + more, 'base64'),
      bytes: Math.ceil(((at + cut.length) * 3) / 4),
    };
  }
}

/** Enough for the metadata that cameras write before a picture. */
const MOST_HEAD = 131_072;

function textBytes(text: string): number {
  const bytes = Buffer.byteLength(text);
  // For ASCII both forms are the same.
  return bytes === text.length ? bytes : Math.max(bytes, Buffer.byteLength(text.normalize('NFKC')));
}

/** Counts the bytes of the JSON string. Escapes can only make it longer than the text. */
function longBytes(cut: Buffer): number {
  return Math.max(cut.length, textBytes(cut.toString('utf8')));
}

function mediaPart(
  part: Exclude<ContentPart, { type: 'text' }>,
  measure: Measure,
  { card, inputCaps = {} }: Model,
): InputPart {
  const unknown = { tokens: card.context_length, source: 'context_length' } as const;
  switch (part.type) {
    case 'image_url':
      return {
        what: 'image',
        ...(imageTokens(dataOf(part.image_url.url, measure)?.head, inputCaps) ?? unknown),
      };
    case 'input_audio': {
      const { data, format } = part.input_audio;
      const audio = measure.base64(beginningOf(data));
      return { what: 'audio', ...(audioTokens(audio, format, inputCaps) ?? unknown) };
    }
    case 'file': {
      const file = part.file.file_data ?? part.file.url;
      const data = file && dataOf(file, measure);
      const cap = inputCaps.fileTokensPerMebibyte;
      if (!data || cap === undefined) return { what: 'file', ...unknown };
      const tokens = Math.ceil(data.bytes / 1_048_576) * cap;
      return { what: 'file', tokens, source: 'model_cap' };
    }
    case 'video_url':
      return { what: 'video', ...unknown };
  }
}

/** Null if the data is not in the request itself. */
function dataOf(url: BodyText, measure: Measure) {
  const text = beginningOf(url);
  const head = /^data:[^,]{0,400},/i.exec(text)?.[0];
  return head === undefined ? null : measure.base64(text.slice(head.length));
}

type Counted = Pick<InputPart, 'tokens' | 'source'>;

function imageTokens(head: Buffer | undefined, { image }: InputCaps): Counted | null {
  if (!image) return null;
  const { formula, most } = image;
  const size = head && imageSizeOf(head);
  if (formula === 'flat' || !size) return { tokens: most, source: 'model_cap' };
  const { width, height } = size;
  const tokens =
    formula === 'patches'
      ? Math.ceil((Math.ceil(width / 32) * Math.ceil(height / 32) * 6) / 5)
      : Math.ceil((width * height) / 750);
  return { tokens: Math.min(most, tokens), source: 'image_size' };
}

const NOTHING = new Uint8Array();

function audioTokens(
  { head, bytes }: { head: Buffer; bytes: number },
  format: string,
  { audioTokensPerSecond }: InputCaps,
): Counted | null {
  if (audioTokensPerSecond === undefined) return null;
  // What is sent as another format is not read as wav.
  const seconds = mostSecondsOf(format === 'wav' ? head : NOTHING, bytes);
  return { tokens: seconds * audioTokensPerSecond, source: 'audio_length' };
}
