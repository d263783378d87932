// Reads the parts of a message's content (seed 001, OpenAI). URLs are passed on; nothing is fetched here.

import { tidyBase64 } from '../../domain/base64.js';
import type { CacheControl, ContentPart, MadeImage } from '../../domain/chat.js';
import { readDataImage } from '../../domain/dataImage.js';
import { readDataUrl } from '../../domain/dataUrl.js';
import { type BodyText, beginningOf, bodyText } from '../../domain/longTexts.js';
import { refuse } from '../../domain/refusal.js';
import {
  FieldFault,
  type Fields,
  fieldsOf,
  filledTextOf,
  invalid,
  isAbsent,
  textOf,
} from './fields.js';
import { fileIdNotServed } from './notServed.js';

const MOST_PARTS = 1_000;
const AUDIO_FORMATS = ['wav', 'mp3', 'flac', 'm4a', 'ogg', 'aiff', 'aac', 'pcm16', 'pcm24'];
/** Other names of these formats: file extensions, and the media types `audio/…` of messengers and browsers. */
const AUDIO_NAMES: Record<string, string> = {
  oga: 'ogg',
  opus: 'ogg',
  mpeg: 'mp3',
  mpga: 'mp3',
  mp4: 'm4a',
  'x-m4a': 'm4a',
  'x-wav': 'wav',
  wave: 'wav',
  'x-flac': 'flac',
  aif: 'aiff',
  'x-aiff': 'aiff',
};
const DETAILS = ['auto', 'low', 'high', 'original'];
const WEB_URL = /^https?:\/\/[^\s/]/i;

/** Reads the content of a user's or a tool's message: a text, or a list of parts of any kind. */
export function parseContent(value: unknown, field: string): BodyText | ContentPart[] {
  if (typeof value === 'string') return bodyText(value);
  return partsOf(value, field).map((part, index) => parsePart(part, `${field}[${index}]`));
}

/** Reads the content of all other messages: a text, or a list of text parts. */
export function parseText(value: unknown, field: string): BodyText | ContentPart[] {
  if (typeof value === 'string') return bodyText(value);
  return partsOf(value, field).map((part, index): ContentPart => {
    const path = `${field}[${index}]`;
    const fields = fieldsOf(part, path);
    const { type, text, refusal } = fields;
    if (type === 'refusal') return textPart(refusal, `${path}.refusal`);
    if (type !== 'text') throw invalid(`${path}.type`, 'text');
    return withCacheControl(textPart(text, `${path}.text`), fields, path);
  });
}

function partsOf(value: unknown, field: string): unknown[] {
  const isList = Array.isArray(value) && value.length > 0 && value.length <= MOST_PARTS;
  if (!isList) throw invalid(field, `string | array of 1 to ${MOST_PARTS} parts`);
  return value;
}

function textPart(text: unknown, field: string): ContentPart {
  return { type: 'text', text: textOf(text, field) };
}

type Parser = (part: Fields, field: string) => ContentPart;

const PARSERS: Record<string, Parser> = {
  text: ({ text }, field) => textPart(text, `${field}.text`),
  image_url: parseImage,
  file: parseFile,
  input_audio: parseAudio,
  video_url: ({ video_url }, field) => {
    const { url } = fieldsOf(video_url, `${field}.video_url`);
    return { type: 'video_url', video_url: { url: urlOf(url, `${field}.video_url.url`, 'video') } };
  },
};

function parsePart(part: unknown, field: string): ContentPart {
  const fields = fieldsOf(part, field);
  const type = typeof fields.type === 'string' ? fields.type : '';
  const parser = Object.hasOwn(PARSERS, type) && PARSERS[type];
  if (!parser) throw invalid(`${field}.type`, Object.keys(PARSERS).join(' | '));
  return withCacheControl(parser(fields, field), fields, field);
}

function withCacheControl(
  part: ContentPart,
  { cache_control }: Fields,
  field: string,
): ContentPart {
  if (!isAbsent(cache_control)) {
    part.cache_control = readCacheControl(cache_control, `${field}.cache_control`);
  }
  return part;
}

/** Part of a content part, a tool or a request. Without caching, the operator pays a long prompt for every call. */
export function readCacheControl(value: unknown, field: string): CacheControl {
  const { type, ttl } = fieldsOf(value, field);
  if (type !== 'ephemeral') throw invalid(`${field}.type`, 'ephemeral');
  if (isAbsent(ttl)) return { type };
  if (ttl !== '5m' && ttl !== '1h') throw invalid(`${field}.ttl`, '5m | 1h');
  return { type, ttl };
}

function parseImage({ image_url }: Fields, field: string): ContentPart {
  const path = `${field}.image_url`;
  const { url, detail } =
    typeof image_url === 'string' ? { url: image_url } : (fieldsOf(image_url, path) as Fields);
  const address = imageOf(url, `${path}.url`);
  if (isAbsent(detail)) return { type: 'image_url', image_url: { url: address } };
  if (!DETAILS.includes(detail as string)) throw invalid(`${path}.detail`, DETAILS.join(' | '));
  return { type: 'image_url', image_url: { url: address, detail: detail as string } };
}

/** Reads an image in an assistant's message, as an earlier reply had it. */
export function parseMadeImage(value: unknown, field: string): MadeImage<BodyText> {
  const { image_url } = fieldsOf(value, field);
  const { url } = fieldsOf(image_url, `${field}.image_url`);
  return { type: 'image_url', image_url: { url: imageOf(url, `${field}.image_url.url`) } };
}

export function imageOf(value: unknown, field: string): BodyText {
  const text = filledTextOf(value, field);
  if (isWebUrl(text)) return text;
  const read = readDataImage(readDataUrl(text)?.url ?? text);
  if ('url' in read) return read.url;
  const { fault: reason } = read;
  if (reason === 'not_a_data_url') throw invalid(field, expectedUrl('image'));
  const refusal = refuse('invalid_request', 'image_invalid', { field, reason }, { field });
  throw new FieldFault(refusal);
}

/** Seed 001's `{url, mime_type}`, or OpenAI's `{file_data, filename}`. */
function parseFile({ file: given }: Fields, field: string): ContentPart {
  const path = `${field}.file`;
  const { url, mime_type, file_data, filename, file_id } = fieldsOf(given, path);
  if (!isAbsent(file_id)) throw fileIdNotServed(`${path}.file_id`);
  const file: Extract<ContentPart, { type: 'file' }>['file'] = {};
  if (!isAbsent(filename)) file.filename = filledTextOf(filename, `${path}.filename`);
  if (!isAbsent(mime_type)) file.mime_type = filledTextOf(mime_type, `${path}.mime_type`);
  if (!isAbsent(url)) file.url = urlOf(url, `${path}.url`);
  else if (!isAbsent(file_data)) file.file_data = urlOf(file_data, `${path}.file_data`);
  else throw invalid(path, '{url, mime_type} | {file_data, filename}');
  return { type: 'file', file };
}

export function parseAudio({ input_audio }: Fields, field: string): ContentPart {
  const path = `${field}.input_audio`;
  const { data, format } = fieldsOf(input_audio, path);
  const name = typeof format === 'string' ? audioFormatOf(format) : '';
  if (!AUDIO_FORMATS.includes(name)) throw invalid(`${path}.format`, AUDIO_FORMATS.join(' | '));
  const text = beginningOf(filledTextOf(data, `${path}.data`));
  // Libraries of messengers send data URLs.
  const said = text.replace(/^data:[^,]{0,100};base64,/i, '');
  // Bad base64 is only refused later, if the model accepts audio at all.
  const base64 = bodyText(tidyBase64(said) ?? said);
  return { type: 'input_audio', input_audio: { data: base64, format: name } };
}

function audioFormatOf(given: string): string {
  const [name = ''] = given
    .toLowerCase()
    .replace(/^(?:audio\/|\.)/, '')
    .split(';');
  return Object.hasOwn(AUDIO_NAMES, name) ? (AUDIO_NAMES[name] as string) : name;
}

/** Accepts a public URL, or a data URL of that kind. */
export function urlOf(value: unknown, field: string, kind?: string): BodyText {
  const url = filledTextOf(value, field);
  if (isWebUrl(url)) return url;
  const { type, url: tidy } = readDataUrl(url) ?? {};
  const isKind = type?.includes('/') && (!kind || type.toLowerCase().startsWith(`${kind}/`));
  if (isKind && tidy) return tidy;
  throw invalid(field, expectedUrl(kind ?? 'application'));
}

function isWebUrl(url: BodyText): boolean {
  return WEB_URL.test(beginningOf(url));
}

function expectedUrl(kind: string): string {
  return `https://... | data:${kind}/...;base64,...`;
}
