// Reads an upstream's server-sent events, however its bytes are cut into chunks.

import { createParser } from 'eventsource-parser';
import type { StreamChoice, StreamEnd, StreamPiece, UpstreamFailure } from '../domain/chat.js';
import { failed } from './failure.js';
import { parseStreamChunk } from './streamChunk.js';

/** One event holds at most this: an image is the largest that comes. */
const MAX_EVENT_CHARACTERS = 16 * 1024 * 1024;

/**
 * Gives what each read of the connection brought, at once and together. A stream is good when it ended
 * with `[DONE]` and had content; the chunk that says why it finished is held back for its end.
 */
export async function* readStream(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<StreamPiece, StreamEnd | UpstreamFailure, void> {
  const state = new StreamState();
  const decoder = new TextDecoder();
  const parser = createParser({
    onEvent: ({ data }) => state.take(data),
    onError: error => {
      if (error.type === 'max-buffer-size-exceeded') state.end ??= failed('too_large');
    },
    maxBufferSize: MAX_EVENT_CHARACTERS,
  });
  for await (const chunk of bytes) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    if (state.choices.length > 0) yield state.givePiece();
    if (state.end) return state.end;
  }
  return failed('cut');
}

class StreamState {
  choices: StreamChoice[] = [];
  end: StreamEnd | UpstreamFailure | undefined;
  private hasContent = false;
  private everHadContent = false;
  private lastChoice: StreamChoice | undefined;
  private tokens: StreamEnd['tokens'] = null;

  take(data: string): void {
    if (this.end) return;
    if (data === '[DONE]') {
      this.end = this.finish();
      return;
    }
    const chunk = parseStreamChunk(data);
    if (chunk.kind === 'failure') {
      this.end = chunk;
      return;
    }
    this.tokens = chunk.tokens ?? this.tokens;
    this.hasContent ||= chunk.hasContent;
    this.everHadContent ||= chunk.hasContent;
    if (!chunk.choice) return;
    // Some providers say more after the chunk that finished: it stays the last.
    if (chunk.choice.finish_reason === null) this.choices.push(chunk.choice);
    else this.holdBack(chunk.choice);
  }

  givePiece(): StreamPiece {
    const piece = { choices: this.choices, hasContent: this.hasContent };
    this.choices = [];
    this.hasContent = false;
    return piece;
  }

  /** What a finishing chunk still has to say goes on; its reason waits for the end. */
  private holdBack(choice: StreamChoice): void {
    this.lastChoice = { index: 0, delta: {}, finish_reason: choice.finish_reason };
    const { delta, logprobs } = choice;
    if (Object.keys(delta).length > 0 || logprobs !== undefined) {
      this.choices.push({ ...choice, finish_reason: null });
    }
  }

  private finish(): StreamEnd | UpstreamFailure {
    if (!this.everHadContent) return failed('empty');
    const lastChoice = this.lastChoice ?? { index: 0, delta: {}, finish_reason: 'stop' };
    return { kind: 'end', lastChoice, tokens: this.tokens };
  }
}
