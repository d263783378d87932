// POST /v1/videos and the state of a job, in the form of OpenAI's former API. Only OpenRouter makes videos.

import { imageTypeOf } from '../../domain/dataImage.js';
import { type BodyText, bodyText } from '../../domain/longTexts.js';
import { FormFile, type NativeCall, type SentCall } from '../../domain/native.js';
import { type AskedVideo, orderFor, type VideoJob, type VideoOrder } from '../../domain/video.js';
import { say } from '../../i18n/messages.js';
import type { VideoDialect, VideoReply } from '../dialect.js';
import { imageOf } from '../openai/content.js';
import {
  type Fields,
  fieldsOf,
  filledTextOf,
  invalid,
  isAbsent,
  missing,
  unknown,
} from '../openai/fields.js';
import {
  inOpenaiForm,
  noStreams,
  parseCall,
  type ReadCall,
  readAnswer,
} from '../openai/jsonKind.js';
import { fileIdNotServed } from '../openai/notServed.js';
import { renderCounters } from '../openai/render.js';
import { isoOf } from '../usageView.js';

/** A file is kept for at least this long. */
const FILE_KEPT_MS = 24 * 3_600_000;
const UPSTREAM_ID = /^[\x21-\x7e]{1,500}$/;

export const videos: VideoDialect = {
  ...inOpenaiForm('videos'),
  takesForm: { lists: [], files: ['input_reference'], orJson: true },
  parse: (body, licenseKey) =>
    parseCall(body, licenseKey, { content: ['text'] }, fields => {
      const { prompt, seconds, size, input_reference, ...others } = fields;
      for (const field of Object.keys(others)) throw unknown(field);
      const image = isAbsent(input_reference) ? null : referenceOf(input_reference);
      const names = { seconds: 'seconds', size: 'size', image: 'input_reference' };
      return video({ prompt, seconds, size, image }, names);
    }),
  startStatus: 200,
  renderVideo({ job, usage, language }: VideoReply) {
    const { id, model, provider, state, progress, seconds, size, createdAt, endedAt } = job;
    const isMade = state === 'completed' && endedAt !== null;
    return {
      id: videoIdOf(id),
      object: 'video',
      model,
      status: state,
      progress,
      created_at: secondsOf(createdAt),
      completed_at: isMade ? secondsOf(endedAt) : null,
      expires_at: isMade ? secondsOf(expiryOf(endedAt)) : null,
      seconds: String(seconds),
      size,
      error: errorOf(job, language),
      ...renderCounters(usage, provider, job.charged),
    };
  },
};

/** Reads the fields that both dialects with videos have. Each has its own names for them. */
export function video(
  { prompt, seconds, size, image }: Fields & { image: BodyText | null },
  { image: imageField, ...names }: AskedVideo['names'] & { image: string },
): ReadCall {
  if (isAbsent(prompt)) throw missing('prompt');
  const text = filledTextOf(prompt, 'prompt');
  const asked: AskedVideo = {
    seconds: isAbsent(seconds) ? undefined : numberOf(seconds, names.seconds),
    size: isAbsent(size) ? undefined : sizeOf(size, names.size),
    names,
  };
  const callFor = (order: VideoOrder) => ({
    ...VIDEO,
    bodyOf: ({ upstreamId }: SentCall) => ({
      model: upstreamId,
      prompt: text,
      duration: order.seconds,
      size: order.size,
      ...(image !== null && {
        frame_images: [{ type: 'image_url', image_url: { url: image }, frame_type: 'first_frame' }],
      }),
    }),
    unfit: (model: Parameters<NonNullable<NativeCall['unfit']>>[0]) => {
      const made = orderFor(asked, model);
      return made.kind === 'refusal' ? made : null;
    },
  });
  const content = image === null ? (['text'] as const) : (['text', 'image'] as const);
  return {
    needs: { content, tools: false, contentField: imageField },
    // `order` fills in the model's defaults for what the caller left out.
    native: callFor({ seconds: 0, size: '' }),
    video: { asked, callFor },
  };
}

const VIDEO: Omit<NativeCall, 'bodyOf'> = {
  modelKind: 'video',
  paths: { openrouter: '/videos' },
  headers: {},
  answerStatus: 202,
  readAnswer: body =>
    readAnswer({ isAnswer: ({ id }) => typeof id === 'string' && UPSTREAM_ID.test(id) }, body),
  startReading: () => noStreams('a video'),
};

/** Accepts a number as text, because the official SDK always sends a form. */
function numberOf(value: unknown, field: string): number {
  const isNumber =
    typeof value === 'number' || (typeof value === 'string' && /^\d{1,4}$/.test(value));
  if (!isNumber || !Number.isInteger(Number(value))) throw invalid(field, 'integer');
  return Number(value);
}

/** Any text: the model decides which sizes there are. */
function sizeOf(value: unknown, field: string): string {
  if (typeof value !== 'string') throw invalid(field, 'string');
  return value;
}

/** The value is a file of a form, or `{image_url}`. */
function referenceOf(value: unknown): BodyText {
  const field = 'input_reference';
  if (value instanceof FormFile) {
    const type = imageTypeOf(value.bytes);
    if (type === null) throw invalid(field, 'png | jpeg | webp | gif');
    return bodyText(`data:${type};base64,${Buffer.from(value.bytes).toString('base64')}`);
  }
  const { image_url, ...others } = fieldsOf(value, field);
  if ('file_id' in others) throw fileIdNotServed(`${field}.file_id`);
  for (const name of Object.keys(others)) throw unknown(`${field}.${name}`);
  if (isAbsent(image_url)) throw missing(`${field}.image_url`);
  return imageOf(image_url, `${field}.image_url`);
}

const VIDEO_ID = /^video_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;

/** `requestId` is the id of the request that began the video, a UUID. */
export function videoIdOf(requestId: string): string {
  return `video_${requestId.replaceAll('-', '')}`;
}

/** Undefined if the text is no id of a video. */
export function requestIdOfVideo(id: string): string | undefined {
  return VIDEO_ID.exec(id)?.slice(1).join('-');
}

export function errorOf({ error }: VideoJob, language: VideoReply['language']) {
  if (!error) return null;
  const { code, detail } = error;
  const message =
    detail === undefined
      ? say(language, { key: code, parameters: {} })
      : say(language, { key: 'upstream_rejected', parameters: { detail } });
  return { code, message };
}

function expiryOf(endedAt: Date): Date {
  return new Date(endedAt.getTime() + FILE_KEPT_MS);
}

function secondsOf(instant: Date): number {
  return Math.floor(Date.parse(isoOf(instant)) / 1000);
}
