// Sentences below an answer: what was asked for and is not in it, and that a key is shown only once.

import type { Json } from './client.js';
import { isObject } from './client.js';
import type { Operation } from './operations.js';
import { cellOf } from './show/cells.js';

/** Settings of a license that the answer to a change leaves out. */
const SETTINGS = ['limits', 'rate_limit', 'concurrency'];
const SECRETS = ['key', 'secret', 'token'];

export function remarksOf({ method, path }: Operation, asked: unknown, answer: Json): string[] {
  const body = isObject(asked) ? asked : {};
  const isNew = method === 'post' && !path.endsWith('/reveal') && path.split('/')[1] !== 'session';
  const secret = SECRETS.find(name => typeof answer[name] === 'string');
  const set = isObject(answer.license) ? SETTINGS.filter(name => name in body) : [];
  return [
    ...(set.length === 0 ? [] : [`Set: ${wordsOf(set.map(name => [name, body[name]]))}.`]),
    ...(typeof body.reason === 'string' && body.reason !== '' ? [`Reason: ${body.reason}`] : []),
    ...(isNew && secret !== undefined ? [`The ${secret} is shown only now: keep it.`] : []),
  ];
}

function wordsOf(fields: Array<[name: string, value: unknown]>): string {
  const said = Object.fromEntries(fields.map(([name, value]) => [name, orNone(value)]));
  return cellOf('', said, {}, { timeZone: 'UTC' });
}

/** A value that was taken away is said too. */
function orNone(value: unknown): unknown {
  if (!isObject(value)) return value ?? 'none';
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, orNone(inner)]));
}
