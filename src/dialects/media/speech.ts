// POST /v1/audio/speech. The bytes of the file are passed on as they arrive.

import { audioSecondsOf } from '../../domain/audio.js';
import { failed } from '../../domain/chat.js';
import type { BodyText } from '../../domain/longTexts.js';
import type { NativeCall, SentCall } from '../../domain/native.js';
import type { PerProvider } from '../../domain/provider.js';
import type { NativeDialect } from '../dialect.js';
import {
  type Fields,
  filledTextOf,
  invalid,
  isAbsent,
  isFields,
  missing,
  textOf,
  unknown,
} from '../openai/fields.js';
import { inOpenaiForm, noStreams, parseCall, type ReadCall } from '../openai/jsonKind.js';
import { number, oneOf } from '../openai/options.js';

/** The media types, by `response_format`. */
export const SPEECH_TYPES: Record<string, string> = {
  mp3: 'audio/mpeg',
  opus: 'audio/ogg',
  aac: 'audio/aac',
  flac: 'audio/flac',
  wav: 'audio/wav',
  pcm: 'audio/pcm',
};
/** OpenAI requires a voice. OpenRouter's models have their own voices, and a default. */
const DEFAULTS_AT: Partial<PerProvider<Fields>> = { openai: { voice: 'alloy' } };
const UNKNOWN_AT: Partial<PerProvider<string[]>> = { openrouter: ['instructions'] };

export const speech: NativeDialect = {
  ...inOpenaiForm('audio_speech'),
  parse: (body, licenseKey) =>
    parseCall(body, licenseKey, { content: ['text'] }, fields => ({
      ...spoken(withVoice(fields)),
      stream: true,
    })),
  openStream: ({ native }) => ({
    fileType: native.fileType as string,
    piece: ({ bytes = NOTHING }) => bytes,
    end: ({ bytes = NOTHING }) => bytes,
    refusal: () => null,
  }),
};

const NOTHING = new Uint8Array();

function withVoice(fields: Fields): Fields {
  if (isAbsent(fields.voice)) throw missing('voice');
  return fields;
}

export function spoken({ response_format, stream_format, ...fields }: Fields): ReadCall {
  const formats = Object.keys(SPEECH_TYPES);
  const format = String(
    isAbsent(response_format) ? 'mp3' : oneOf(...formats)(response_format, 'response_format'),
  );
  const fileType = SPEECH_TYPES[format] as string;
  if (!isAbsent(stream_format) && stream_format !== 'audio')
    throw invalid('stream_format', 'audio');
  // Always sent, because OpenRouter's default is pcm.
  const sent = { ...readFields(fields), response_format: format };
  const bodyOf = ({ provider, upstreamId }: SentCall) => {
    const unknownThere = UNKNOWN_AT[provider] ?? [];
    const known = Object.entries(sent).filter(([name]) => !unknownThere.includes(name));
    return { model: upstreamId, ...DEFAULTS_AT[provider], ...Object.fromEntries(known) };
  };
  return { native: { ...SPEECH, fileType, bodyOf }, pieces: sent.input };
}

const SPEECH: Omit<NativeCall, 'bodyOf' | 'fileType'> = {
  modelKind: 'speech',
  paths: { openai: '/audio/speech', openrouter: '/audio/speech' },
  headers: {},
  readAnswer: bytes =>
    bytes instanceof Uint8Array && bytes.length > 0
      ? { kind: 'answer', body: { bytes }, tokens: null }
      : failed('empty'),
  startReading: () => noStreams('a file'),
  /** Stores a file that was read whole, and replies with its address and its properties. */
  async keepFiles(answer, keeping) {
    const bytes = answer.body.bytes as Uint8Array;
    const kept = await keeping.put(bytes);
    if (!kept) return failed('no_audio');
    const { url, type } = kept;
    return { ...answer, body: { url, format: type, duration: audioSecondsOf(bytes) } };
  },
};

function readFields({
  input,
  voice,
  speed,
  instructions,
  ...others
}: Fields): Fields & { input: BodyText } {
  for (const field of Object.keys(others)) throw unknown(field);
  if (isAbsent(input)) throw missing('input');
  const text = filledTextOf(input, 'input');
  // A custom voice is an object.
  const isVoice = isFields(voice)
    ? typeof voice.id === 'string'
    : isAbsent(voice) || typeof voice === 'string';
  if (!isVoice || voice === '') throw invalid('voice', 'string');
  const sent: Fields & { input: BodyText } = { input: text, ...(!isAbsent(voice) && { voice }) };
  if (!isAbsent(speed)) sent.speed = number(0.25, 4)(speed, 'speed');
  if (!isAbsent(instructions)) sent.instructions = textOf(instructions, 'instructions');
  return sent;
}
