// Reads an upstream's server-sent events. Its bytes may be cut into chunks anywhere.

import { StringDecoder } from 'node:string_decoder';
import { createParser, type EventSourceParser } from 'eventsource-parser';
import { withoutByteOrderMark } from '../domain/byteOrderMark.js';
import type { AnyEnd, AnyPiece } from '../domain/call.js';
import { failed, type UpstreamFailure } from '../domain/chat.js';
import type { SentEvent } from './port.js';
import type { WantedType } from './replyHeaders.js';

export const EVENT_STREAM_TYPE = 'text/event-stream';

/** How an event ends. */
export const EVENT_END = '\n\n';

/** The most characters of one event. The largest events have an image. */
const MAX_EVENT_CHARACTERS = 16 * 1024 * 1024;

const LAST_ASCII = 0x7f;

/** The reading of one stream. */
export interface Reading {
  /** The media type that the reply must have. */
  readonly wanted: WantedType;
  /** How the stream ended, once it has. */
  end: AnyEnd | UpstreamFailure | null;
  /** The number of bytes that were fed since the last piece was taken. */
  waitingBytes: number;
  feed(bytes: Buffer): void;
  /** Everything since the last piece; null if there is nothing. */
  takePiece(): AnyPiece | null;
  /** Must be called at the end of a reply that arrived whole. */
  endOfReply(): void;
}

export abstract class EventReading<Piece extends AnyPiece, End extends AnyEnd> implements Reading {
  readonly wanted = EVENT_STREAM_TYPE;
  /** How the stream ended, once it has. */
  end: End | UpstreamFailure | null = null;
  /** The number of bytes that were fed since the last piece was taken. */
  waitingBytes = 0;
  private hasBegun = false;
  /** Made when a chunk first ends inside a character. */
  private decoder: StringDecoder | undefined;
  private readonly parser: EventSourceParser = createParser({
    onEvent: event => {
      // The standard ignores events without data. Some upstreams send them to keep a stream alive.
      if (!this.end && event.data !== '') this.take(event);
    },
    onError: error => {
      if (error.type === 'max-buffer-size-exceeded') this.end ??= failed('too_large');
    },
    maxBufferSize: MAX_EVENT_CHARACTERS,
  });

  feed(bytes: Buffer): void {
    if (this.end) return;
    this.waitingBytes += bytes.length;
    const text = this.textOf(bytes);
    if (this.hasBegun || text === '') this.parse(text);
    else {
      this.hasBegun = true;
      this.parse(withoutByteOrderMark(text));
    }
  }

  protected parse(text: string): void {
    this.parser.feed(text);
  }

  private textOf(bytes: Buffer): string {
    const endsWhole = (bytes.at(-1) ?? 0) <= LAST_ASCII;
    if (!this.decoder && endsWhole) return bytes.toString();
    this.decoder ??= new StringDecoder('utf8');
    return this.decoder.write(bytes);
  }

  /** A stream without its last event was cut off. Some upstreams leave out the line breaks after that event. */
  endOfReply(): void {
    if (!this.end) this.parse(EVENT_END);
    this.end ??= failed('cut');
  }

  /** Everything since the last piece; null if there is nothing. */
  abstract takePiece(): Piece | null;

  protected abstract take(event: SentEvent): void;
}
