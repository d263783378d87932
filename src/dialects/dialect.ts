// What the pipeline needs of a wire format of chats.

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
  /** Of messages. */
  language: Language;
  answer: Answer;
  model: Model;
  usage: Usage;
  /** The units that the request cost. */
  charged: number;
}

/** A request's headers; names in lower case. */
export type SentHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** A dialect is only given what its own requests bring. */
export interface Dialect<Request, Answer, Piece, End> {
  /** Told apart by it: one Idempotency-Key is not for two formats. */
  name: string;
  /** Of messages where the caller names none. */
  defaultLanguage: Language;
  /**
   * Whether the key may come in the body: then nothing is refused for its sake before that was read, and a
   * body may be declared as anything, because nothing else tells a browser's page of another origin apart.
   */
  takesKeyInBody: boolean;
  /** Where its clients look for the request's id, beside X-Request-Id. */
  idHeader?: string;
  /** Of a body that is a form (multipart/form-data): fields that may come several times, and whether it may be JSON too. Absent: it is. */
  takesForm?: { lists: string[]; orJson?: boolean };
  parse(body: unknown, headerKey: string | undefined, headers: SentHeaders): Request | Refusal;
  /** The header X-Sahm-Ignored: what of a request is not read. Absent where the dialect reads or refuses all. */
  ignored?(body: unknown, headers: SentHeaders): string | null;
  renderReply(reply: WholeReply<Answer>): unknown;
  /** Headers of a whole reply that say what its body has no field for. */
  replyHeaders?(answer: Answer): Record<string, string>;
  /** `id` is the request's. */
  renderRefusal(refusal: Refusal, language: Language, id: string): unknown;
  /** Writes the events of one stream. */
  openStream(request: Request, id: string): StreamWriter<Piece, End>;
}

export type ChatDialect = Dialect<ChatRequest, UpstreamAnswer, StreamPiece, StreamEnd>;
export type NativeDialect = Dialect<NativeRequest, NativeAnswer, NativePiece, NativeEnd>;
export type AnyDialect = Dialect<CallRequest, AnyAnswer, AnyPiece, AnyEnd>;

/** What is told of a video, when it begins and later. */
export interface VideoReply {
  /** Of the request that is answered, a UUID of version 7. */
  id: string;
  language: Language;
  job: VideoJob;
  usage: Usage;
  /** Where its file is fetched, once it is made. */
  url: string | null;
}

/** Begins a job, and tells of it. */
export interface VideoDialect extends NativeDialect {
  /** Of the answer to who begins one. */
  startStatus: 200 | 202;
  renderVideo(reply: VideoReply): Record<string, unknown>;
}

/** Each gives whole server-sent events as text; of a file its bytes. */
export interface StreamWriter<Piece = StreamPiece, End = StreamEnd> {
  piece(piece: Piece, model: Model): string | Uint8Array;
  /**
   * The last chunks, with the counters, and `[DONE]`. It is asked for again where the counters turn out to be others:
   * what it gives depends on nothing that it gave before.
   */
  end(end: End, model: Model, usage: Usage, charged: number): string | Uint8Array;
  /** Null where nothing can be said in the middle: it breaks off. */
  refusal(refusal: Refusal, language: Language): string | null;
  /** Of a file: its media type. */
  fileType?: string;
}

export const STREAM_DONE = 'data: [DONE]\n\n';

/** `name` where clients tell events apart by it. */
export function eventOf(data: unknown, name?: string): string {
  const line = name === undefined ? '' : `event: ${name}\n`;
  return `${line}data: ${JSON.stringify(data)}\n\n`;
}
