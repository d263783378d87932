// The parts of a message's content (seed 001, OpenAI). URLs are handed on: nothing is fetched here.

import type { ContentPart } from '../../domain/chat.js';
import { faultOfDataImage } from '../../domain/dataImage.js';
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
  unknown,
} from './fields.js';

const MOST_PARTS = 1_000;
const AUDIO_FORMATS = ['mp3', 'wav'];
const DETAILS = ['auto', 'low', 'high'];
const WEB_URL = /^https?:\/\/[^\s/]/i;

/** Of a user's message: a text, or a list of parts of any kind. */
export function parseContent(value: unknown, field: string): BodyText | ContentPart[] {
  if (typeof value === 'string') return bodyText(value);
  return partsOf(value, field).map((part, index) => parsePart(part, `${field}[${index}]`));
}

/** Of all others: a text, or a list of texts. */
export function parseText(value: unknown, field: string): BodyText | ContentPart[] {
  if (typeof value === 'string') return bodyText(value);
  return partsOf(value, field).map((part, index): ContentPart => {
    const { type, text, refusal } = fieldsOf(part, `${field}[${index}]`);
    if (type === 'refusal') return textPart(refusal, `${field}[${index}].refusal`);
    if (type !== 'text') throw invalid(`${field}[${index}].type`, 'text');
    return textPart(text, `${field}[${index}].text`);
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
  const parser = Object.hasOwn(PARSERS, String(fields.type)) && PARSERS[String(fields.type)];
  if (!parser) throw invalid(`${field}.type`, Object.keys(PARSERS).join(' | '));
  return parser(fields, field);
}

function parseImage({ image_url }: Fields, field: string): ContentPart {
  const path = `${field}.image_url`;
  const { url, detail } =
    typeof image_url === 'string' ? { url: image_url } : (fieldsOf(image_url, path) as Fields);
  const address = urlOf(url, `${path}.url`, 'image');
  const reason = WEB_URL.test(beginningOf(address)) ? null : faultOfDataImage(address);
  if (reason !== null) {
    const parameters = { field: `${path}.url`, reason };
    const more = { field: `${path}.url` };
    throw new FieldFault(refuse('invalid_request', 'image_invalid', parameters, more));
  }
  if (isAbsent(detail)) return { type: 'image_url', image_url: { url: address } };
  if (!DETAILS.includes(detail as string)) throw invalid(`${path}.detail`, DETAILS.join(' | '));
  return { type: 'image_url', image_url: { url: address, detail: detail as string } };
}

/** `{url, mime_type}` as seed 001 has it, or OpenAI's `{file_data, filename}`. */
function parseFile({ file: given }: Fields, field: string): ContentPart {
  const path = `${field}.file`;
  const { url, mime_type, file_data, filename, file_id } = fieldsOf(given, path);
  // Files that were uploaded belong to the operator's account, not to the caller.
  if (!isAbsent(file_id)) throw unknown(`${path}.file_id`);
  const file: Extract<ContentPart, { type: 'file' }>['file'] = {};
  if (!isAbsent(filename)) file.filename = filledTextOf(filename, `${path}.filename`);
  if (!isAbsent(mime_type)) file.mime_type = filledTextOf(mime_type, `${path}.mime_type`);
  if (!isAbsent(url)) file.url = urlOf(url, `${path}.url`);
  else if (!isAbsent(file_data)) file.file_data = urlOf(file_data, `${path}.file_data`);
  else throw invalid(path, '{url, mime_type} | {file_data, filename}');
  return { type: 'file', file };
}

function parseAudio({ input_audio }: Fields, field: string): ContentPart {
  const path = `${field}.input_audio`;
  const { data, format } = fieldsOf(input_audio, path);
  if (!AUDIO_FORMATS.includes(format as string)) {
    throw invalid(`${path}.format`, AUDIO_FORMATS.join(' | '));
  }
  const base64 = filledTextOf(data, `${path}.data`);
  if (beginningOf(base64).startsWith('data:'))
    throw invalid(`${path}.data`, 'base64 without "data:"');
  return { type: 'input_audio', input_audio: { data: base64, format: format as string } };
}

/** A public URL, or a data URL of that kind. */
function urlOf(value: unknown, field: string, kind?: string): BodyText {
  const url = filledTextOf(value, field);
  const shown = beginningOf(url);
  if (WEB_URL.test(shown)) return url;
  const begin =
    kind === undefined ? /^data:[\w.+-]+\/[\w.+-]+[;,]/i : new RegExp(`^data:${kind}/`, 'i');
  if (begin.test(shown)) return url;
  throw invalid(field, `https://... | data:${kind ?? 'application'}/...;base64,...`);
}
