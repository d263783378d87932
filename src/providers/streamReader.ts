// Reads a stream of a chat.

import {
  failed,
  type StreamChoice,
  type StreamEnd,
  type StreamPiece,
  type UpstreamFailure,
} from '../domain/chat.js';
import { endOf, hasContent, isComputed } from './content.js';
import { EVENT_END, EventReading } from './eventReading.js';
import type { RefusedInside } from './failure.js';
import type { EventReader, SentEvent } from './port.js';
import { type FailureOf, failureInside } from './wholeReply.js';

/** How many events of what came together are parsed each by itself, in the hope that the next ones are alike. */
const MOST_PARSED_APART = 8;

/**
 * A stream succeeds if it had content and ended with its last event. The chunk with the finish reason is held back
 * until the end.
 */
export class StreamReader extends EventReading<StreamPiece, StreamEnd> {
  private choices: StreamChoice[] = [];
  /** The delta of the last of these, if more text may be appended to it. */
  private openText: { content: string } | null = null;
  private hasContent = false;
  private everHadContent = false;
  private finishReason: string | null = null;
  /** Whether the parser has nothing of an event that is not whole. */
  private isBetweenEvents = true;
  private hasToolCalls = false;
  private tokens: StreamEnd['tokens'] = null;
  private beside: StreamEnd['beside'];

  constructor(
    private readonly reader: EventReader,
    private readonly failureOf: FailureOf,
  ) {
    super();
  }

  /**
   * All that has arrived since the last piece; null if nothing has. What comes before the first content, such as the
   * role, waits for it: until then an error can still become a status, and another try can still be made.
   */
  takePiece(): StreamPiece | null {
    const isAwaited = !this.everHadContent && this.end?.kind !== 'end';
    if (this.choices.length === 0 || isAwaited) return null;
    const piece: StreamPiece = {
      kind: 'piece',
      choices: this.choices,
      hasContent: this.hasContent,
    };
    this.choices = [];
    this.openText = null;
    this.hasContent = false;
    this.waitingBytes = 0;
    return piece;
  }

  /** In a burst of many events, one that is not alike those before it may be followed by some that are. */
  protected override parse(events: string): void {
    let rest = events;
    for (let parsed = 0; this.isBetweenEvents && parsed < MOST_PARSED_APART && !this.end; ) {
      const length = rest.indexOf(EVENT_END) + EVENT_END.length;
      const isOneOrLess = length < EVENT_END.length || length === rest.length;
      if (isOneOrLess) break;
      const alike = this.reader.readTexts?.(rest);
      if (alike) {
        this.takeText(alike.text);
        rest = rest.slice(alike.characters);
        continue;
      }
      super.parse(rest.slice(0, length));
      rest = rest.slice(length);
      parsed += 1;
    }
    if (rest === '') return;
    super.parse(rest);
    this.isBetweenEvents = rest.endsWith(EVENT_END);
  }

  protected take(event: SentEvent): void {
    const chunk = this.reader.read(event);
    if (chunk.kind === 'text') {
      this.takeText(chunk.text);
      return;
    }
    if (chunk.kind !== 'chunk') {
      if (chunk.kind === 'done' && chunk.missing) this.choices.push(chunk.missing);
      this.end = chunk.kind === 'done' ? this.finish() : this.failureOfEvent(chunk);
      return;
    }
    this.tokens = chunk.tokens ?? this.tokens;
    this.beside = chunk.beside ?? this.beside;
    const { choice } = chunk;
    if (!choice) return;
    this.openText = null;
    if (hasContent(choice.delta)) {
      this.hasContent = true;
      this.everHadContent = true;
      const { tool_calls } = choice.delta;
      this.hasToolCalls ||= Array.isArray(tool_calls) && tool_calls.length > 0;
    }
    // Some providers send more after the chunk with the finish reason. It is still delivered last.
    if (choice.finish_reason === null) this.choices.push(choice);
    else this.holdBack(choice);
  }

  /** Text that arrived together is delivered together, as one choice. */
  private takeText(text: string): void {
    if (text !== '') {
      this.hasContent = true;
      this.everHadContent = true;
    }
    if (this.openText) {
      this.openText.content += text;
      return;
    }
    const delta = { content: text };
    this.openText = delta;
    this.choices.push({ index: 0, delta, finish_reason: null });
  }

  /** The rest of a finishing chunk is delivered now; the finish reason waits for the end. */
  private holdBack(choice: StreamChoice): void {
    this.finishReason = choice.finish_reason;
    const { delta, logprobs } = choice;
    if (Object.keys(delta).length > 0 || logprobs !== undefined) {
      this.choices.push({ ...choice, finish_reason: null });
    }
  }

  /** Before the first content, an error means the same as in a reply without a stream. */
  private failureOfEvent(chunk: RefusedInside | UpstreamFailure): UpstreamFailure {
    if (chunk.kind === 'failure') return chunk;
    return this.everHadContent
      ? failed('error_in_stream')
      : failureInside(chunk, this.failureOf, 'error_in_stream');
  }

  private finish(): StreamEnd | UpstreamFailure {
    const { finishReason, tokens, beside } = this;
    if (!this.everHadContent && !isComputed(finishReason, tokens)) return failed('empty');
    const finish_reason = endOf(finishReason, this.hasToolCalls);
    const end: StreamEnd = {
      kind: 'end',
      lastChoice: { index: 0, delta: {}, finish_reason },
      tokens,
    };
    return beside ? { ...end, beside } : end;
  }
}
