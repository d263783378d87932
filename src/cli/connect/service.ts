// Calls the service as a client with a license key.

import { EXIT } from '../../commands/exitCodes.js';
import { DESCRIPTIONS, PROVIDERS } from '../../domain/provider.js';
import { isObject, type Json, objectsIn } from '../client.js';
import { CliError, refusedByService, wrongUsage } from '../errors.js';

export interface Service {
  url: string;
  key: string;
}

/** @throws {CliError} with the service's own message if it refuses. */
export async function askService(
  { url, key }: Service,
  { path, body }: { path: string; body?: Json },
): Promise<Json> {
  const response = await fetch(url + path, {
    method: body ? 'POST' : 'GET',
    headers: {
      Authorization: `Bearer ${key}`,
      'Accept-Language': 'en',
      ...(body && { 'Content-Type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  }).catch((error: Error) => {
    const cause = error.cause instanceof Error ? error.cause.message : error.message;
    throw new CliError('no_answer', `${url} does not answer: ${cause}`, EXIT.noAnswer);
  });
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok && isObject(answer)) return answer;
  const told = isObject(answer) && isObject(answer.error) ? answer.error : {};
  const { code = 'unexpected_answer', message = `the service answered ${response.status}` } = told;
  throw refusedByService(response.status, { code: String(code), message: String(message) });
}

/** The id of the wanted model, or of a chat model with tools that the license may use. */
export async function chooseModel(
  service: Service,
  wanted: string | undefined,
  preferred = '',
): Promise<string> {
  if (wanted !== undefined) {
    const path = `/v1/models/${encodeURIComponent(wanted)}`;
    return String((await askService(service, { path })).id);
  }
  const { data } = await askService(service, { path: '/v1/models' });
  const usable = objectsIn(data).filter(isUsable);
  const model = usable.find(({ id }) => String(id).includes(preferred)) ?? usable[0];
  if (!model) throw wrongUsage('This license may use no model that calls tools.');
  return String(model.id);
}

function isUsable({ available, kind, features }: Json): boolean {
  return available === true && kind === 'chat' && isObject(features) && features.tools === true;
}

/** `Left this month: OpenRouter 749 of 750.` */
export function describeLeft({ usage_breakdown: usage }: Json): string {
  const left = PROVIDERS.flatMap(provider => {
    const of = isObject(usage) ? usage[provider] : undefined;
    if (!isObject(of) || Number(of.limit) === 0) return [];
    return `${DESCRIPTIONS[provider].name} ${of.remaining} of ${of.limit}`;
  });
  return `Left this month: ${left.join(', ')}.`;
}
