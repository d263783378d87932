// The client of the service's API. Its types come from the service's own OpenAPI document.

import createClient, { type Middleware } from 'openapi-fetch';
import { credentialsOf } from './credentials.js';
import type { paths } from './generated/schema.js';
import { Refusal, refusalOf, Unreachable } from './refusal.js';

const withCredentials: Middleware = {
  onRequest({ request, schemaPath }) {
    const realm = schemaPath.startsWith('/admin/api/') ? 'administrator' : 'holder';
    for (const [name, value] of Object.entries(credentialsOf(realm))) {
      request.headers.set(name, value);
    }
    request.headers.set('Accept-Language', document.documentElement.lang);
  },
  onError: () => new Unreachable('no answer'),
};

export const api = createClient<paths>({ baseUrl: location.origin, credentials: 'same-origin' });
api.use(withCredentials);

/** What the client gives for a call. */
export type Asked<Data> = Promise<{ data?: Data; error?: unknown; response: Response }>;

/**
 * The data that the service answered.
 * @throws {Refusal} if the service refused, {Unreachable} if it did not answer.
 */
export async function answerOf<Data>(asked: Asked<Data>): Promise<Data> {
  const { data, error, response } = await asked;
  if (!response.ok) throw refusalOf(response, error);
  // An answer without a body has no data. Its type says so too.
  return data as Data;
}

/** Whether a retry may help. */
export function mayRetry(failures: number, error: unknown): boolean {
  if (failures >= 2) return false;
  return error instanceof Refusal ? error.status >= 500 : error instanceof Unreachable;
}
