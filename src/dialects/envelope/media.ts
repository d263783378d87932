// Seed 004's images and audio. They use the kinds of calls in OpenAI's form, with seed 004's requests and replies.

import { answerCostMicrousd } from '../../domain/cost.js';
import type { NativeAnswer } from '../../domain/native.js';
import type { NativeDialect, WholeReply } from '../dialect.js';
import { generation } from '../media/images.js';
import { spoken } from '../media/speech.js';
import { type Fields, filledTextOf, isAbsent, missing, unknown } from '../openai/fields.js';
import { noStreams, parseCall } from '../openai/jsonKind.js';
import { integer, oneOf } from '../openai/options.js';
import { inEnvelope, wrap } from './wrap.js';

const MOST_IMAGES = 4;
const SIZES = ['512x512', '1024x1024', '2048x2048'];
/** No upstream has such a field, so the style is added to the prompt. */
const STYLES: Record<string, string> = {
  'digital-art': 'digital art',
  'photo-realistic': 'photo-realistic',
  anime: 'anime',
  'oil-painting': 'oil painting',
  watercolor: 'watercolor',
  sketch: 'pencil sketch',
  '3d-render': '3D render',
};
const AUDIO_FORMATS = ['mp3', 'wav', 'flac', 'aac'];
const MOST_SECONDS = 300;
const MICRODOLLARS = 1_000_000;

export const envelopeImages: NativeDialect = {
  ...inEnvelope('images'),
  openStream: () => noStreams('it'),
  parse: (body, licenseKey) =>
    parseCall(body, licenseKey, { content: ['text'] }, ({ prompt, n, size, style, ...others }) => {
      for (const field of Object.keys(others)) throw unknown(field);
      if (isAbsent(prompt)) throw missing('prompt');
      filledTextOf(prompt, 'prompt');
      if (!isAbsent(n)) integer(1, MOST_IMAGES)(n, 'n');
      if (!isAbsent(size)) oneOf(...SIZES)(size, 'size');
      const named = isAbsent(style)
        ? undefined
        : STYLES[oneOf(...Object.keys(STYLES))(style, 'style') as string];
      return generation({
        prompt: named ? `${prompt}\n\nStyle: ${named}.` : prompt,
        n,
        size,
        response_format: 'url',
      });
    }),
  renderReply(reply) {
    const data = reply.answer.body.data as Fields[];
    const images = data.map(({ url, width, height }) => ({ url, width, height }));
    return wrap(reply, { images, usage: { images: images.length, cost: dollarsOf(reply) } });
  },
};

export const envelopeAudio: NativeDialect = {
  ...inEnvelope('audio'),
  openStream: () => noStreams('it'),
  parse: (body, licenseKey) =>
    parseCall(body, licenseKey, { content: ['text'] }, fields => {
      const { prompt, duration, format, voice, ...others } = fields;
      for (const field of Object.keys(others)) throw unknown(field);
      if (isAbsent(prompt)) throw missing('prompt');
      filledTextOf(prompt, 'prompt');
      if (!isAbsent(duration)) integer(1, MOST_SECONDS)(duration, 'duration');
      if (!isAbsent(format)) oneOf(...AUDIO_FORMATS)(format, 'format');
      // A hint only: the answer has the real length of the file.
      const instructions = isAbsent(duration)
        ? undefined
        : `The recording lasts about ${duration} seconds.`;
      return spoken({ input: prompt, voice, instructions, response_format: format });
    }),
  renderReply(reply) {
    const { url, duration, format } = reply.answer.body;
    const usage = { seconds: duration, cost: dollarsOf(reply) };
    return wrap(reply, { audio: { url, duration, format }, usage });
  },
};

/** The cost by the catalogue's prices, which everybody may see; 0 if it has none. */
function dollarsOf({ answer, model }: WholeReply<NativeAnswer>): number {
  const { tokens, ...rest } = answer;
  const counted = { ...rest, tokens: tokens && { ...tokens, costMicrousd: null } };
  return (answerCostMicrousd(counted, model.card.pricing) ?? 0) / MICRODOLLARS;
}
