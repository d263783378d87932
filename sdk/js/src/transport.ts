// One call to the service: its attempts, their time, and the key under which they count once.

import { Deadline, wait } from './deadline.js';
import { type Answer, detailsOf } from './details.js';
import { ApiError, errorOf, SahmError } from './errors.js';
import { pauseMs } from './retry.js';
import { Stream } from './stream.js';

export interface ClientOptions {
  /**
   * The address of the service, such as `https://ai.example.com`, without `/v1`.
   * @default process.env.SAHM_URL
   */
  baseUrl?: string;
  /**
   * How long a whole answer may take, and how long a stream may be silent.
   * @default 150000
   */
  timeoutMs?: number;
  /**
   * How many more attempts a call has if it fails for a reason that passes.
   * @default 2
   */
  maxRetries?: number;
  /** The language of messages in errors. If it is absent, the service chooses. */
  language?: 'fa' | 'en' | 'zh-TW';
  /**
   * Sends the requests. Replace it for a proxy, a log or a test.
   * @default globalThis.fetch
   */
  fetch?: typeof fetch;
}

/** Options of one call. Absent options are the client's. */
export interface CallOptions {
  signal?: AbortSignal;
  timeoutMs?: number;
  maxRetries?: number;
  /**
   * 1 to 255 printable characters: the same key again gets the first reply again, and is not charged again.
   * @default for what is charged, a new one for each call, kept over its attempts
   */
  idempotencyKey?: string;
}

export interface Call {
  method: string;
  path: string;
  query?: object | undefined;
  body?: unknown;
  /**
   * `charged`: sent with an idempotency key. `repeatable`: doing it twice has the effect of doing it once. `once`:
   * neither.
   */
  kind: 'charged' | 'repeatable' | 'once';
  options?: CallOptions | undefined;
}

const DEFAULT_TIMEOUT_MS = 150_000;
const DEFAULT_MAX_RETRIES = 2;

export class Transport {
  readonly #options: ClientOptions;
  readonly #baseUrl: string;
  readonly #credential: string | undefined;

  constructor(options: ClientOptions, credential: string | undefined) {
    const baseUrl = options.baseUrl ?? environment('SAHM_URL');
    if (!baseUrl) throw new SahmError('Where is the service? Give `baseUrl`, or set SAHM_URL.');
    this.#baseUrl = baseUrl.replace(/\/+$/, '');
    this.#options = options;
    this.#credential = credential;
  }

  /** A whole answer: its parsed JSON, or else its text. */
  whole<Data>(call: Call): Promise<Answer<Data>> {
    return this.#attempts(call, async (response, deadline) => {
      const data = (await bodyOf(response)) as Data;
      deadline.end();
      const isReplay = response.headers.get('idempotent-replayed') === 'true';
      return { data, isReplay, ...detailsOf(response.headers) };
    });
  }

  /** Resolves to a stream as soon as it begins. From then on nothing is tried again. */
  stream<Event>(call: Call): Promise<Stream<Event>> {
    return this.#attempts(call, async (response, deadline) => {
      deadline.pause();
      return new Stream<Event>(response, deadline);
    });
  }

  async #attempts<Result>(call: Call, read: Read<Result>): Promise<Result> {
    const { signal, maxRetries = this.#options.maxRetries ?? DEFAULT_MAX_RETRIES } =
      call.options ?? {};
    const request = this.#requestOf(call);
    const isRepeatable = call.kind !== 'once' || call.options?.idempotencyKey !== undefined;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#attempt(request, call.options ?? {}, read);
      } catch (error) {
        const pause =
          attempt > maxRetries ? null : pauseMs(error, attempt, isRepeatable, Math.random());
        if (pause === null) throw error;
        await wait(pause, signal);
      }
    }
  }

  async #attempt<Result>(
    { url, init }: { url: string; init: RequestInit },
    options: CallOptions,
    read: Read<Result>,
  ): Promise<Result> {
    const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const deadline = new Deadline(timeoutMs, options.signal);
    try {
      const send = this.#options.fetch ?? fetch;
      const response = await send(url, { ...init, signal: deadline.signal });
      if (!response.ok) throw errorOf(response.status, response.headers, await bodyOf(response));
      return await read(response, deadline);
    } catch (error) {
      deadline.end();
      throw error instanceof ApiError ? error : deadline.failureOf(error);
    }
  }

  #requestOf({ method, path, query, body, kind, options }: Call) {
    const headers = new Headers({ Accept: 'application/json, text/event-stream;q=0.9, */*;q=0.1' });
    if (this.#credential !== undefined) {
      setHeader(headers, 'Authorization', `Bearer ${this.#credential}`);
    }
    if (this.#options.language) setHeader(headers, 'Accept-Language', this.#options.language);
    const madeKey = kind === 'charged' ? crypto.randomUUID() : undefined;
    const idempotencyKey = options?.idempotencyKey ?? madeKey;
    if (idempotencyKey !== undefined) setHeader(headers, 'Idempotency-Key', idempotencyKey);
    // Following a redirection could send the key to another host.
    const init: RequestInit = { method, headers, redirect: 'manual' };
    if (body !== undefined) {
      headers.set('Content-Type', 'application/json');
      init.body = JSON.stringify(body);
    }
    return { url: `${this.#baseUrl}${path}${queryOf(query)}`, init };
  }
}

/** A key that was read from a file often ends with a line break. An error must not show the value. */
function setHeader(headers: Headers, name: string, value: string): void {
  const text = value.trim();
  if (!/^[ -~]*$/.test(text))
    throw new SahmError(`${name} has characters that a header cannot have`);
  headers.set(name, text);
}

type Read<Result> = (response: Response, deadline: Deadline) => Promise<Result>;

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (!/^application\/json\b(?!l)/.test(response.headers.get('content-type') ?? '')) return text;
  try {
    return JSON.parse(text);
  } catch (cause) {
    // A success must be JSON. Of a failure, the status says enough.
    if (!response.ok) return text;
    throw new SyntaxError('The answer is no JSON', { cause });
  }
}

function queryOf(query: object = {}): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) given.set(name, String(value));
  }
  return given.size === 0 ? '' : `?${given}`;
}

/** A variable of the environment; undefined in a browser, which has none. */
export function environment(name: string): string | undefined {
  const { process } = globalThis as unknown as {
    process?: { env?: Record<string, string | undefined> };
  };
  return process?.env?.[name];
}
