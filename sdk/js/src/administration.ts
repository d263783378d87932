// Administration: every route of the service's description, by its method and path, with its types.

import type { Answer } from './details.js';
import { SahmError } from './errors.js';
import { type CallOptions, type ClientOptions, environment, Transport } from './transport.js';
import type { AnswerOf, BodyOf, PathOf, Paths, QueryOf } from './types.js';

export interface AdministrationOptions extends ClientOptions {
  /**
   * An API token (`sahm_admin_…`), or the token of a session.
   * @default process.env.SAHM_TOKEN
   */
  token?: string;
}

type Route<Method extends string> = {
  [Path in keyof Paths]: Path extends `/admin/api/${string}`
    ? Method extends keyof Paths[Path]
      ? Path
      : never
    : never;
}[keyof Paths];

/** What a route takes: `path` has the names in braces, then `query` and `body`; and the options of the call. */
export type Asked<Path extends keyof Paths, Method extends string> = CallOptions &
  Part<'path', PathOf<Path, Method>> &
  Part<'query', QueryOf<Path, Method>> &
  Part<'body', BodyOf<Path, Method>>;

type Part<Name extends string, Value> = [Value] extends [never]
  ? unknown
  : Record<never, never> extends Value
    ? { [Each in Name]?: Value }
    : { [Each in Name]: Value };

type Arguments<Path extends keyof Paths, Method extends string> =
  Record<never, never> extends Asked<Path, Method>
    ? [asked?: Asked<Path, Method>]
    : [asked: Asked<Path, Method>];

interface AnyAsked extends CallOptions {
  path?: Record<string, string>;
  query?: object;
  body?: unknown;
}

export class SahmAdministration {
  readonly #transport: Transport;

  constructor(options: AdministrationOptions = {}) {
    const token = options.token ?? environment('SAHM_TOKEN');
    if (!token) throw new SahmError('There is no token: give `token`, or set SAHM_TOKEN.');
    this.#transport = new Transport(options, token);
  }

  /**
   * Signs in, and returns a client with the token of the session, which is valid for 15 minutes.
   * @param credentials With `code` if the second factor is on.
   */
  static async signIn(
    credentials: BodyOf<'/admin/api/session', 'post'>,
    options: ClientOptions = {},
  ): Promise<SahmAdministration> {
    const { data } = await new Transport(options, undefined).whole<{ token: string }>({
      method: 'POST',
      path: '/admin/api/session',
      body: credentials,
      kind: 'once',
    });
    return new SahmAdministration({ ...options, token: data.token });
  }

  get<Path extends Route<'get'>>(
    path: Path,
    ...[asked]: Arguments<Path, 'get'>
  ): Promise<Answer<AnswerOf<Path, 'get'>>> {
    return this.#ask('GET', path, asked);
  }

  /** Give an `idempotencyKey` to a rotation, so that it can be repeated. */
  post<Path extends Route<'post'>>(
    path: Path,
    ...[asked]: Arguments<Path, 'post'>
  ): Promise<Answer<AnswerOf<Path, 'post'>>> {
    return this.#ask('POST', path, asked);
  }

  patch<Path extends Route<'patch'>>(
    path: Path,
    ...[asked]: Arguments<Path, 'patch'>
  ): Promise<Answer<AnswerOf<Path, 'patch'>>> {
    return this.#ask('PATCH', path, asked);
  }

  delete<Path extends Route<'delete'>>(
    path: Path,
    ...[asked]: Arguments<Path, 'delete'>
  ): Promise<Answer<AnswerOf<Path, 'delete'>>> {
    return this.#ask('DELETE', path, asked);
  }

  #ask<Data>(method: string, template: string, asked: AnyAsked = {}): Promise<Answer<Data>> {
    const { path: parts = {}, query, body, ...options } = asked;
    const path = template.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(parts[name] ?? ''));
    const kind = method === 'GET' || method === 'PATCH' ? 'repeatable' : 'once';
    return this.#transport.whole({ method, path, query, body, kind, options });
  }
}
