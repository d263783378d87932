// What the pipeline needs of a wire format of chats.

import type { Model } from '../domain/catalog.js';
import type { ChatRequest, StreamEnd, StreamPiece, UpstreamAnswer } from '../domain/chat.js';
import type { Language } from '../domain/language.js';
import type { Usage } from '../domain/quota.js';
import type { Refusal } from '../domain/refusal.js';

export interface WholeReply {
  /** The request's id, a UUID of version 7. */
  id: string;
  answer: UpstreamAnswer;
  model: Model;
  usage: Usage;
  /** The units that the request cost. */
  charged: number;
}

export interface ChatDialect {
  /** Told apart by it: one Idempotency-Key is not for two formats. */
  name: string;
  /** Of messages where the caller names none. */
  defaultLanguage: Language;
  /**
   * Whether the key may come in the body: then nothing is refused for its sake before that was read, and a
   * body may be declared as anything, because nothing else tells a browser's page of another origin apart.
   */
  takesKeyInBody: boolean;
  parse(body: unknown, headerKey: string | undefined): ChatRequest | Refusal;
  renderReply(reply: WholeReply): unknown;
  renderRefusal(refusal: Refusal, language: Language): unknown;
  /** Writes the events of one stream. */
  openStream(request: ChatRequest, id: string): StreamWriter;
}

/** Each gives whole server-sent events as text. */
export interface StreamWriter {
  piece(piece: StreamPiece, model: Model): string;
  /** The last chunks, with the counters, and `[DONE]`. */
  end(end: StreamEnd, model: Model, usage: Usage, charged: number): string;
  refusal(refusal: Refusal, language: Language): string;
}

export const STREAM_DONE = 'data: [DONE]\n\n';

export function eventOf(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
