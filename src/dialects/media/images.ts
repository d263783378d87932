// POST /v1/images/generations and /v1/images/edits. Each image costs the units of the model.

import type { Model } from '../../domain/catalog.js';
import { imageTypeOf } from '../../domain/dataImage.js';
import { Form, FormFile, type NativeCall, type SentCall } from '../../domain/native.js';
import type { PerProvider, Provider } from '../../domain/provider.js';
import type { NativeDialect } from '../dialect.js';
import {
  type Fields,
  filledTextOf,
  invalid,
  isAbsent,
  missing,
  unknown,
} from '../openai/fields.js';
import { inOpenaiForm, parseCall, type ReadCall } from '../openai/jsonKind.js';
import { notServed } from '../openai/notServed.js';
import { integer, oneOf } from '../openai/options.js';
import { secondsOf } from '../openai/render.js';
import { openMediaEvents } from './events.js';
import { imageReading, keepImages } from './imageAnswers.js';

const MOST_IMAGES = 10;
const MOST_REFERENCES = 16;

/** Fields that are passed on if they have one of these values. */
const CHOICES: Fields & Record<string, string[]> = {
  quality: ['auto', 'low', 'medium', 'high', 'xhigh', 'max'],
  background: ['auto', 'transparent', 'opaque'],
  output_format: ['png', 'jpeg', 'webp'],
  moderation: ['auto', 'low'],
  input_fidelity: ['low', 'high'],
};
const SIZE = /^(?:auto|\d{2,4}x\d{2,4}|[124]K)$/;
const ONLY_OF_EDITS = ['input_fidelity'];

/** The fields among these that a provider does not know. */
const UNKNOWN_AT: Partial<PerProvider<string[]>> = {
  openrouter: ['moderation', 'partial_images', 'input_fidelity'],
};

function inImagesForm(name: string) {
  const form = inOpenaiForm(name);
  const renderReply: typeof form.renderReply = reply => ({
    // The SDKs have it as a number, also of an upstream that leaves it out.
    created: secondsOf(reply.id),
    ...(form.renderReply(reply) as object),
  });
  return { ...form, renderReply };
}

export const imageGenerations: NativeDialect = {
  ...inImagesForm('image_generations'),
  openStream: openMediaEvents,
  parse: (body, licenseKey) =>
    parseCall(body, licenseKey, { content: ['text'] }, fields => generation(fields)),
};

export function generation(fields: Fields): ReadCall {
  for (const field of ONLY_OF_EDITS) if (field in fields) throw unknown(field);
  const read = readCommon(fields);
  const bodyOf = (call: SentCall) => ({ model: call.upstreamId, ...fieldsAt(call, read.sent) });
  const paths = { openai: '/images/generations', openrouter: '/images' };
  return callOf(read, { paths, bodyOf, ...imageReading('image_generation', read.count) });
}

export const imageEdits: NativeDialect = {
  ...inImagesForm('image_edits'),
  takesForm: { lists: ['image', 'image[]'], files: ['image', 'image[]', 'mask'] },
  openStream: openMediaEvents,
  parse: (body, licenseKey) =>
    parseCall(body, licenseKey, { content: ['text', 'image'] }, ({ image, mask, ...fields }) => {
      const images = [image, fields['image[]']].flat().filter(one => !isAbsent(one));
      delete fields['image[]'];
      if (images.length === 0) throw missing('image');
      if (images.length > MOST_REFERENCES) throw invalid('image', `at most ${MOST_REFERENCES}`);
      const read = readCommon(numbersIn(fields));
      const files = images.map(file => imageOf(file, 'image'));
      const edit = { ...read, files, mask: isAbsent(mask) ? null : imageOf(mask, 'mask') };
      const bodyOf = (call: SentCall) => editingAt(call.provider).bodyOf(edit, call);
      const unfit = ({ provider }: Pick<Model, 'provider'>) =>
        edit.mask && !editingAt(provider).hasMasks ? NO_MASK : null;
      const paths = EDIT_PATHS;
      return callOf(read, { paths, bodyOf, unfit, ...imageReading('image_edit', read.count) });
    }),
};

const NO_MASK = notServed('mask', 'Remove it, or choose a model of OpenAI').refusal;

interface Common {
  sent: Fields;
  count: number;
  isStreamed: boolean;
  isByUrl: boolean;
}

interface Edit extends Common {
  files: FormFile[];
  mask: FormFile | null;
}

/** How a provider is asked for an edit. */
interface Editing {
  path: string;
  hasMasks: boolean;
  bodyOf(edit: Edit, call: SentCall): object;
}

const EDITING_AT: Partial<PerProvider<Editing>> = {
  openrouter: {
    path: '/images',
    hasMasks: false,
    bodyOf: ({ sent, files }, call) => ({
      model: call.upstreamId,
      ...fieldsAt(call, sent),
      input_references: files.map(({ bytes, type }) => {
        const base64 = Buffer.from(bytes).toString('base64');
        return { type: 'image_url', image_url: { url: `data:${type};base64,${base64}` } };
      }),
    }),
  },
  openai: {
    path: '/images/edits',
    hasMasks: true,
    bodyOf({ sent, files, mask }, call) {
      const name = files.length > 1 ? 'image[]' : 'image';
      const fields = Object.entries(fieldsAt(call, sent)).map(
        ([field, value]): [string, string] => [field, String(value)],
      );
      return new Form([
        ['model', call.upstreamId],
        ...fields,
        ...files.map((file): [string, FormFile] => [name, file]),
        ...(mask ? [['mask', mask] as [string, FormFile]] : []),
      ]);
    },
  },
};
const EDIT_PATHS = Object.fromEntries(
  Object.entries(EDITING_AT).map(([provider, { path }]) => [provider, path]),
);

/** Models of a provider without a path are refused before. */
function editingAt(provider: Provider): Editing {
  return EDITING_AT[provider] as Editing;
}

function callOf(
  { count, isStreamed, isByUrl }: Common,
  call: Pick<NativeCall, 'paths' | 'bodyOf' | 'unfit' | 'readAnswer' | 'startReading'>,
): ReadCall {
  const keepFiles = isByUrl ? { keepFiles: keepImages } : {};
  return {
    count,
    stream: isStreamed,
    native: { modelKind: 'image', headers: {}, ...call, ...keepFiles },
  };
}

function readCommon({ prompt, n, stream, response_format, ...rest }: Fields): Common {
  if (isAbsent(prompt)) throw missing('prompt');
  filledTextOf(prompt, 'prompt');
  const isStreamed = !isAbsent(stream) && stream !== false;
  if (isStreamed && stream !== true) throw invalid('stream', 'boolean');
  const most = isStreamed ? 1 : MOST_IMAGES;
  const count = isAbsent(n) ? 1 : Number(integer(1, most)(n, 'n'));
  const formats = isStreamed ? ['b64_json'] : ['b64_json', 'url'];
  const format = isAbsent(response_format) ? 'b64_json' : response_format;
  oneOf(...formats)(format, 'response_format');
  const sent = { prompt, n: count, ...(isStreamed && { stream }), ...readRest(rest) };
  return { sent, count, isStreamed, isByUrl: format === 'url' };
}

function readRest({ size, partial_images, output_compression, ...rest }: Fields): Fields {
  const sent: Fields = {};
  if (!isAbsent(size)) {
    if (typeof size !== 'string' || !SIZE.test(size))
      throw invalid('size', 'auto | 1024x1024 | 1536x1024');
    sent.size = size;
  }
  if (!isAbsent(partial_images)) {
    sent.partial_images = integer(0, 3)(partial_images, 'partial_images');
  }
  if (!isAbsent(output_compression)) {
    sent.output_compression = integer(0, 100)(output_compression, 'output_compression');
  }
  for (const [field, value] of Object.entries(rest)) {
    const choices = Object.hasOwn(CHOICES, field) && CHOICES[field];
    if (!choices) throw unknown(field);
    if (isAbsent(value)) continue;
    sent[field] = oneOf(...choices)(value, field);
  }
  return sent;
}

function fieldsAt({ provider }: SentCall, sent: Fields): Fields {
  const unknownThere = UNKNOWN_AT[provider] ?? [];
  const known = Object.entries(sent).filter(
    ([field, value]) => !unknownThere.includes(field) && value !== 'auto',
  );
  return Object.fromEntries(known);
}

/** Converts numbers, because a form has only texts. */
function numbersIn(fields: Fields): Fields {
  const { n, stream, partial_images, output_compression, ...rest } = fields;
  const numbers = Object.entries({ n, partial_images, output_compression })
    .filter(([, value]) => !isAbsent(value))
    .map(([field, value]) => [field, numberIn(value)]);
  const isStreamed = stream === 'true' || stream === 'false' ? stream === 'true' : stream;
  return { ...rest, stream: isStreamed, ...Object.fromEntries(numbers) };
}

const numberIn = (value: unknown) =>
  typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : value;

function imageOf(value: unknown, field: string): FormFile {
  if (!(value instanceof FormFile)) throw invalid(field, 'file');
  const type = imageTypeOf(value.bytes);
  if (type === null) throw invalid(field, 'png | jpeg | webp | gif');
  return new FormFile(value.name, type, value.bytes);
}
