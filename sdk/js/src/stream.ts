// A reply as it comes: server-sent events, read one by one.

import type { Deadline } from './deadline.js';
import { type Details, detailsOf, type Left } from './details.js';
import { ConnectionError, errorOf, SahmError } from './errors.js';

/**
 * Can be read once: `for await (const event of stream)`. It throws if the stream ends with an error or breaks off.
 * Leaving the loop early, or `abort()`, gives the stream up. If some content had come by then, the request is charged.
 */
export class Stream<Event> implements AsyncIterable<Event>, Details {
  readonly requestId: string | null;
  /** Null, because only the last event says what it cost. */
  readonly charged: number | null;
  /** The state if the stream succeeds. */
  readonly quota: Left | null;
  readonly rateLimit: Left | null;
  readonly headers: Headers;
  readonly #status: number;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #deadline: Deadline;
  #isRead = false;
  #isAborted = false;

  /** @internal */
  constructor(response: Response, deadline: Deadline) {
    const { requestId, charged, quota, rateLimit, headers } = detailsOf(response.headers);
    this.requestId = requestId;
    this.charged = charged;
    this.quota = quota;
    this.rateLimit = rateLimit;
    this.headers = headers;
    this.#status = response.status;
    this.#reader = response.body?.getReader();
    this.#deadline = deadline;
  }

  /** Gives the stream up. A loop over it then ends. */
  abort(): void {
    this.#isAborted = true;
    this.#end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Event, void, undefined> {
    if (this.#isRead) throw new SahmError('A stream can be read only once');
    this.#isRead = true;
    try {
      for await (const data of dataIn(this.#bytes())) {
        if (data === '[DONE]') return;
        yield this.#eventOf(data);
      }
      if (!this.#isAborted) throw new ConnectionError('The stream broke off before its end');
    } finally {
      this.#end();
    }
  }

  async *#bytes(): AsyncGenerator<Uint8Array> {
    while (this.#reader) {
      // The caller may take any time between two events. That does not count as silence of the service.
      this.#deadline.restart();
      const { done, value } = await this.#reader.read().catch(error => {
        throw this.#deadline.failureOf(error);
      });
      this.#deadline.pause();
      if (done) return;
      yield value;
    }
  }

  #end(): void {
    this.#deadline.end();
    this.#reader?.cancel().catch(() => {});
  }

  #eventOf(data: string): Event {
    const event = parsed(data) as { error?: unknown };
    if (event.error) throw errorOf(this.#status, this.headers, event);
    return event as Event;
  }
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (cause) {
    throw new ConnectionError('An event of the stream is no JSON', { cause });
  }
}

/** The data of each event. The service writes one `data:` line an event; comments keep the connection open. */
export async function* dataIn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of chunks) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data:')) yield line.slice(5).trim();
    }
  }
}
