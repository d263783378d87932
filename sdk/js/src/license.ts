// What the holder of a license key can ask about the license.

import type { Answer } from './details.js';
import type { CallOptions, Transport } from './transport.js';
import type { AnswerOf, BodyOf, Paths, QueryOf } from './types.js';

type Get<Path extends keyof Paths> = Promise<Answer<AnswerOf<Path, 'get'>>>;
type Post<Path extends keyof Paths> = Promise<Answer<AnswerOf<Path, 'post'>>>;

export class LicenseCalls {
  readonly keys: LicenseKeyCalls;

  constructor(private readonly transport: Transport) {
    this.keys = new LicenseKeyCalls(transport);
  }

  /** The license: its state, what is left, and its add-ons. */
  get(options?: CallOptions): Get<'/api/license'> {
    return this.#read('/api/license', undefined, options);
  }

  /** Requests, tokens and cost by day, model, provider, key or user. */
  usage(
    query?: QueryOf<'/api/license/usage', 'get'>,
    options?: CallOptions,
  ): Get<'/api/license/usage'> {
    return this.#read('/api/license/usage', query, options);
  }

  /** The requests, newest first. `next_cursor` leads to the next page. */
  requests(
    query?: QueryOf<'/api/license/requests', 'get'>,
    options?: CallOptions,
  ): Get<'/api/license/requests'> {
    return this.#read('/api/license/requests', query, options);
  }

  refusals(
    query?: QueryOf<'/api/license/refusals', 'get'>,
    options?: CallOptions,
  ): Get<'/api/license/refusals'> {
    return this.#read('/api/license/refusals', query, options);
  }

  purchases(
    query?: QueryOf<'/api/license/purchases', 'get'>,
    options?: CallOptions,
  ): Get<'/api/license/purchases'> {
    return this.#read('/api/license/purchases', query, options);
  }

  /** Explains the balance, line by line. */
  balance(
    query?: QueryOf<'/api/license/balance', 'get'>,
    options?: CallOptions,
  ): Get<'/api/license/balance'> {
    return this.#read('/api/license/balance', query, options);
  }

  /** The months for which there are statements, newest first. */
  statements(options?: CallOptions): Get<'/api/license/statements'> {
    return this.#read('/api/license/statements', undefined, options);
  }

  /** The signed statement of a month, such as `2026-11`. */
  statement(period: string, options?: CallOptions): Get<'/api/license/statements/{period}'> {
    return this.#read(`/api/license/statements/${encodeURIComponent(period)}`, undefined, options);
  }

  /** The signed receipt of the request with this `X-Request-Id`. */
  receipt(requestId: string, options?: CallOptions): Get<'/api/license/requests/{id}/receipt'> {
    const path = `/api/license/requests/${encodeURIComponent(requestId)}/receipt`;
    return this.#read(path, undefined, options);
  }

  /** Replaces the key. Asking again with the old key gives the same new key. This client goes on with the old key. */
  rotate(
    body: BodyOf<'/api/license/rotate', 'post'> = {},
    options?: CallOptions,
  ): Post<'/api/license/rotate'> {
    const path = '/api/license/rotate';
    return this.transport.whole({ method: 'POST', path, body, kind: 'repeatable', options });
  }

  #read<Data>(path: string, query: object | undefined, options?: CallOptions) {
    return this.transport.whole<Data>({ method: 'GET', path, query, kind: 'repeatable', options });
  }
}

/** Named keys, such as one for each bot. Only the master key may make, change and withdraw them. */
export class LicenseKeyCalls {
  constructor(private readonly transport: Transport) {}

  list(
    query?: QueryOf<'/api/license/keys', 'get'>,
    options?: CallOptions,
  ): Get<'/api/license/keys'> {
    const path = '/api/license/keys';
    return this.transport.whole({ method: 'GET', path, query, kind: 'repeatable', options });
  }

  /** Makes a key. `secret` in the answer is shown only this once. */
  create(
    body: BodyOf<'/api/license/keys', 'post'>,
    options?: CallOptions,
  ): Post<'/api/license/keys'> {
    const path = '/api/license/keys';
    return this.transport.whole({ method: 'POST', path, body, kind: 'once', options });
  }

  update(
    id: string,
    body: BodyOf<'/api/license/keys/{key}', 'patch'>,
    options?: CallOptions,
  ): Promise<Answer<AnswerOf<'/api/license/keys/{key}', 'patch'>>> {
    const path = pathOf(id);
    return this.transport.whole({ method: 'PATCH', path, body, kind: 'repeatable', options });
  }

  rotate(
    id: string,
    body: BodyOf<'/api/license/keys/{key}/rotate', 'post'> = {},
    options?: CallOptions,
  ): Post<'/api/license/keys/{key}/rotate'> {
    const path = `${pathOf(id)}/rotate`;
    return this.transport.whole({ method: 'POST', path, body, kind: 'once', options });
  }

  /** Withdraws a key, at once and for good. */
  withdraw(
    id: string,
    options?: CallOptions,
  ): Promise<Answer<AnswerOf<'/api/license/keys/{key}', 'delete'>>> {
    return this.transport.whole({ method: 'DELETE', path: pathOf(id), kind: 'once', options });
  }
}

function pathOf(id: string): string {
  return `/api/license/keys/${encodeURIComponent(id)}`;
}
