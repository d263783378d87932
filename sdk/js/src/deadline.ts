// The time that an attempt may take, together with the caller's own signal.

import { ConnectionError, SahmError, TimeoutError } from './errors.js';

export class Deadline {
  readonly #controller = new AbortController();
  readonly #timeoutMs: number;
  readonly #callers: AbortSignal | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;

  constructor(timeoutMs: number, callers: AbortSignal | undefined) {
    this.#timeoutMs = timeoutMs;
    this.#callers = callers;
    if (callers?.aborted) this.#controller.abort();
    callers?.addEventListener('abort', this.#abort);
    this.restart();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The time begins anew. */
  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#isOver = true;
      this.#controller.abort();
    }, this.#timeoutMs);
  }

  /** Nobody waits: the time stands still until it begins anew. */
  pause(): void {
    clearTimeout(this.#timer);
  }

  /** Lets go of timer and signal. */
  end(): void {
    this.pause();
    this.#callers?.removeEventListener('abort', this.#abort);
  }

  /** What to throw for what a request or its body failed with. */
  failureOf(error: unknown): unknown {
    if (this.#callers?.aborted) return this.#callers.reason;
    if (this.#isOver) return new TimeoutError(`No answer within ${this.#timeoutMs} ms`);
    if (error instanceof SahmError) return error;
    return new ConnectionError('The service could not be reached, or broke off', { cause: error });
  }

  readonly #abort = () => this.#controller.abort();
}

/** Waits; throws the reason of the signal as soon as that is aborted. */
export function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop);
  });
}
