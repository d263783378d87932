// POST /v1/audio/transcriptions. Upstreams are only asked for JSON. Text and subtitles are written here, so that they
// are the same for all upstreams.

import { AUDIO_TYPES, audioTypeOf, mostSecondsOf } from '../../domain/audio.js';
import { Form, FormFile, type NativeAnswer, type NativeCall } from '../../domain/native.js';
import type { NativeDialect } from '../dialect.js';
import { type Fields, invalid, isAbsent, missing, unknown } from '../openai/fields.js';
import { inOpenaiForm, parseCall, type ReadCall, readAnswer } from '../openai/jsonKind.js';
import { openMediaEvents } from './events.js';
import { subtitlesOf } from './subtitles.js';
import { eventReader, heardIn, inEvents } from './transcriptEvents.js';

/** The caller's format, and the format that the upstream is asked for. */
const FORMATS: Record<string, 'json' | 'verbose_json'> = {
  json: 'json',
  text: 'json',
  verbose_json: 'verbose_json',
  srt: 'verbose_json',
  vtt: 'verbose_json',
};
const TEXT_TYPE = 'text/plain; charset=utf-8';
const GRANULARITIES = 'timestamp_granularities[]';
/** Fields that are passed on unchanged. */
const TEXTS = ['language', 'prompt', 'chunking_strategy'];

export const transcriptions: NativeDialect = {
  ...inOpenaiForm('audio_transcriptions'),
  takesForm: { lists: [GRANULARITIES], files: ['file'] },
  openStream: openMediaEvents,
  parse: (body, licenseKey) => parseCall(body, licenseKey, { content: ['audio'] }, transcription),
};

function transcription({ file, response_format, stream, ...fields }: Fields): ReadCall {
  if (isAbsent(file)) throw missing('file');
  if (!(file instanceof FormFile)) throw invalid('file', 'file');
  if (audioTypeOf(file.bytes) === null) throw invalid('file', AUDIO_TYPES.join(' | '));
  const isStreamed = stream === 'true';
  if (!isStreamed && !isAbsent(stream) && stream !== 'false') throw invalid('stream', 'boolean');
  const formats = isStreamed ? ['json'] : Object.keys(FORMATS);
  const format = isAbsent(response_format) ? 'json' : String(response_format);
  const asked = FORMATS[format];
  if (!asked || !formats.includes(format)) throw invalid('response_format', formats.join(' | '));
  const sent = readFields(fields);
  const native: NativeCall = {
    modelKind: 'transcription',
    paths: { openai: '/audio/transcriptions', openrouter: '/audio/transcriptions' },
    headers: {},
    bodyOf: call =>
      new Form([
        ['model', call.upstreamId],
        ['response_format', asked],
        ...sent,
        ...(call.isStreamed ? STREAM : []),
        ['file', file],
      ]),
    readAnswer(body) {
      const answer = readAnswer({ isAnswer: ({ text }) => typeof text === 'string' }, body);
      if (answer.kind !== 'answer') return answer;
      const { body: heard } = answer;
      const told = format === 'json' ? inJson(heard) : heard;
      return { ...answer, body: told, ...heardIn(heard), ...textOf(heard, format) };
    },
    startReading: () => eventReader,
    inEvents,
  };
  const pieces = mostSecondsOf(file.bytes, file.bytes.length);
  return { native, stream: isStreamed, pieces };
}

/** Some upstreams say more than they are asked for. */
const NOT_IN_JSON = ['task', 'language', 'duration', 'segments', 'words'];

function inJson(heard: Fields): Fields {
  return Object.fromEntries(Object.entries(heard).filter(([name]) => !NOT_IN_JSON.includes(name)));
}

const STREAM: Array<[string, string]> = [['stream', 'true']];

function readFields(fields: Fields): Array<[string, string]> {
  const sent: Array<[string, string]> = [];
  for (const [field, value] of Object.entries(fields)) {
    if (field === GRANULARITIES) {
      for (const one of value as unknown[]) {
        if (one !== 'word' && one !== 'segment') throw invalid(field, 'word | segment');
        sent.push([field, one]);
      }
    } else if (field === 'temperature') {
      const isNumber = typeof value === 'string' && /^(0(\.\d+)?|1(\.0+)?)$/.test(value);
      if (!isNumber) throw invalid(field, 'number from 0 to 1');
      sent.push([field, value]);
    } else if (!TEXTS.includes(field)) throw unknown(field);
    else if (typeof value !== 'string') throw invalid(field, 'string');
    else sent.push([field, value]);
  }
  return sent;
}

function textOf(body: Fields, format: string): Pick<NativeAnswer, 'text'> {
  if (format === 'text') return { text: { type: TEXT_TYPE, text: `${body.text}\n` } };
  if (format !== 'srt' && format !== 'vtt') return {};
  return { text: { type: TEXT_TYPE, text: subtitlesOf(body, format) } };
}
