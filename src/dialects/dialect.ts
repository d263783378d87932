// What the rest of the code needs to know of a dialect.

import type { AnyAnswer, AnyEnd, AnyPiece, CallRequest } from '../domain/call.js';
import type { Model } from '../domain/catalog.js';
import type { ChatRequest, StreamEnd, StreamPiece, UpstreamAnswer } from '../domain/chat.js';
import type { Language } from '../domain/language.js';
import type { NativeAnswer, NativeEnd, NativePiece, NativeRequest } from '../domain/native.js';
import type { Usage } from '../domain/quota.js';
import type { Refusal } from '../domain/refusal.js';
import type { VideoJob } from '../domain/video.js';

export interface WholeReply<Answer = UpstreamAnswer> {
  /** The request's id, a UUID of version 7. */
  id: string;
  /** The model as the caller wrote it. */
  asked: string;
  /** The language of messages. */
  language: Language;
  answer: Answer;
  model: Model;
  usage: Usage;
  /** The units that the request cost. */
  charged: number;
}

/** The headers of a request. Names are in lower case. */
export type SentHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** The types are those of the dialect's own requests and answers. */
export interface Dialect<Request, Answer, Piece, End> {
  /** The name is part of an Idempotency-Key's fingerprint, so that a key cannot be used for two formats. */
  name: string;
  /** The language of messages if the caller names none. */
  defaultLanguage: Language;
  /**
   * Whether the key may come in the body. If so, a missing key is only refused after the body was read, and JSON may be
   * declared as another content type, as PHP and browsers do.
   */
  takesKeyInBody: boolean;
  /** A second header for the request's id, beside X-Request-Id, where the dialect's clients look for it. */
  idHeader?: string;
  /**
   * Present if bodies are forms (multipart/form-data): `lists` has the fields that may come several times, `files` those
   * that are files, and `orJson` allows JSON too. Absent if bodies are JSON.
   */
  takesForm?: { lists: string[]; files: string[]; orJson?: boolean };
  parse(body: unknown, headerKey: string | undefined, headers: SentHeaders): Request | Refusal;
  /** The value of the header X-Sahm-Ignored. Absent if the dialect reads or refuses every field. */
  ignored?(body: unknown, headers: SentHeaders): string | null;
  renderReply(reply: WholeReply<Answer>): unknown;
  /** Headers of a whole reply, for what its body has no field for. */
  replyHeaders?(answer: Answer): Record<string, string>;
  /** `id` is the request's id. */
  renderRefusal(refusal: Refusal, language: Language, id: string): unknown;
  /** Writes the events of one stream. */
  openStream(request: Request, id: string): StreamWriter<Piece, End>;
}

export type ChatDialect = Dialect<ChatRequest, UpstreamAnswer, StreamPiece, StreamEnd>;
export type NativeDialect = Dialect<NativeRequest, NativeAnswer, NativePiece, NativeEnd>;
export type AnyDialect = Dialect<CallRequest, AnyAnswer, AnyPiece, AnyEnd>;

/** A dialect of requests whose tokens are only counted. */
export interface CountDialect extends NativeDialect {
  renderCount(request: CallRequest): Record<string, unknown>;
}

/** The state of a video, as the reply shows it. */
export interface VideoReply {
  /** The id of the request that is answered, a UUID of version 7. */
  id: string;
  language: Language;
  job: VideoJob;
  usage: Usage;
  /** The address of its file, once the video is made. */
  url: string | null;
}

/** A dialect that begins video jobs and shows them. */
export interface VideoDialect extends NativeDialect {
  /** The status of the reply that begins a job. */
  startStatus: 200 | 202;
  renderVideo(reply: VideoReply): Record<string, unknown>;
}

/** Each method returns whole server-sent events as text, or the bytes of a file. */
export interface StreamWriter<Piece = StreamPiece, End = StreamEnd> {
  piece(piece: Piece, model: Model): string | Uint8Array;
  /**
   * The last chunks, with the counters, and `[DONE]`. Called again if the counters turn out to be different, so the
   * result must not depend on an earlier call.
   */
  end(end: End, model: Model, usage: Usage, charged: number): string | Uint8Array;
  /** Null if the format has no place for an error in a stream. Then the stream breaks off. */
  refusal(refusal: Refusal, language: Language): string | null;
  /** The media type, if it writes a file. */
  fileType?: string;
}

export const STREAM_DONE = 'data: [DONE]\n\n';

/** `name` is for formats whose clients tell events apart by it. */
export function eventOf(data: unknown, name?: string): string {
  const line = name === undefined ? '' : `event: ${name}\n`;
  return `${line}data: ${JSON.stringify(data)}\n\n`;
}
