// Sentences below an answer: what was asked for and is not in it, that a key is shown only once, and where to read on.

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
    ...(path.endsWith('/send-key') ? [mailedTo(answer.license)] : []),
    ...(method === 'get' ? followedBy(answer.purchase) : []),
    ...ofSecondFactor(path, answer),
    ...(isNew && secret !== undefined ? [`The ${secret} is shown only now: keep it.`] : []),
  ];
}

/** What to do with what is shown only now. */
function ofSecondFactor(path: string, { uri, recovery_codes: codes }: Json): string[] {
  if (path === '/session/second-factor' && typeof uri === 'string') {
    return [
      'It is shown only now: add it to an app of one-time codes. It counts after: sahm session second-factor confirm --code CODE',
    ];
  }
  if (!Array.isArray(codes)) return [];
  return ['Each lets you in once without the app. They are shown only now: keep them.'];
}

function mailedTo(license: unknown): string {
  const email = isObject(license) ? license.email : '';
  return `A mail with a new link to the key goes to ${email}.`;
}

/** An event tells what the shop said; what came of it stands with the license. */
function followedBy(purchase: unknown): string[] {
  if (!isObject(purchase) || purchase.outcome !== 'applied') return [];
  return typeof purchase.order === 'string'
    ? [`The license that has it: sahm license list --order ${purchase.order}`]
    : [];
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
