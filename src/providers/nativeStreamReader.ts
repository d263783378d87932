// Reads a stream that is passed on in the form in which it arrives.

import { failed, type UpstreamFailure } from '../domain/chat.js';
import type {
  NativeEnd,
  NativeEvent,
  NativeEventReader,
  NativePiece,
  NativeRefusal,
} from '../domain/native.js';
import { isRecord, parseJson } from '../domain/unknownJson.js';
import { EventReading } from './eventReading.js';
import type { SentEvent } from './port.js';
import { type FailureOf, failureInside } from './wholeReply.js';

/** Some upstreams end every stream with this, also where the form does not have it. */
const DONE = '[DONE]';

export class NativeStreamReader extends EventReading<NativePiece, NativeEnd> {
  private events: NativeEvent[] = [];
  private hasContent = false;
  private everHadContent = false;
  private tokens: NativeEnd['tokens'] = null;

  constructor(
    private readonly read: NativeEventReader,
    private readonly failureOf: FailureOf,
  ) {
    super();
  }

  /** Events before the first content wait for it. Until then an error can still become a status. */
  takePiece(): NativePiece | null {
    if (this.events.length === 0 || !this.everHadContent) return null;
    const { events, hasContent } = this;
    this.events = [];
    this.hasContent = false;
    this.waitingBytes = 0;
    return { kind: 'piece', events, hasContent };
  }

  protected take({ event: name, data: text }: SentEvent): void {
    if (text === DONE) return;
    const data = parseJson(text);
    if (!isRecord(data)) {
      this.end = failed('malformed');
      return;
    }
    const step = this.read({ name, data });
    if (step.kind !== 'step') {
      this.end = this.failureOfEvent(step);
      return;
    }
    this.tokens = step.tokens ?? this.tokens;
    this.hasContent ||= step.hasContent;
    this.everHadContent ||= step.hasContent;
    if (!step.isEnd) {
      this.events.push(...step.events);
      return;
    }
    // A stream without any content has only an end, and all of its events are in it.
    const events = this.everHadContent ? step.events : [...this.events, ...step.events];
    const { count, pieces } = step;
    this.end = {
      kind: 'end',
      events,
      tokens: this.tokens,
      ...(count !== undefined && { count }),
      ...(pieces !== undefined && { pieces }),
    };
  }

  /** Before the first content, an error means the same as in a reply without a stream. */
  private failureOfEvent(step: NativeRefusal | UpstreamFailure): UpstreamFailure {
    if (step.kind === 'failure') return step;
    return this.everHadContent
      ? failed('error_in_stream')
      : failureInside(step, this.failureOf, 'error_in_stream');
  }
}
