// Says which key it is, and whether it works; what an undo takes back; that an answer is signed; and what an endpoint
// is told of.

import type { Json } from '../client.js';
import { isObject, objectsIn } from '../client.js';
import { dateOf, isInstant, type Manner, printable } from './cells.js';
import { changeOf } from './changes.js';

/** The answer with its keys, and with what it undoes, as sentences. */
export function toldInWords(answer: Json, manner: Manner): Json {
  const { undoes, previous_keys, license, licenses, jws } = answer;
  return {
    ...answer,
    ...(isObject(undoes) && { undoes: undoneOf(undoes, manner) }),
    ...(Array.isArray(previous_keys) && { previous_keys: keysOf(previous_keys, manner) }),
    ...(isObject(license) && { license: withKeys(license, manner) }),
    ...(isObject(answer.webhook_endpoint) && {
      webhook_endpoint: withKinds(answer.webhook_endpoint),
    }),
    ...(Array.isArray(answer.webhook_endpoints) && {
      webhook_endpoints: objectsIn(answer.webhook_endpoints).map(withKinds),
    }),
    // Nobody reads a signature, and it fills a screen.
    ...(typeof jws === 'string' && { jws: 'only with --json, for sahm receipt verify' }),
    ...(Array.isArray(licenses) && {
      licenses: objectsIn(licenses).map(each => withKeys(each, manner)),
    }),
  };
}

/** `license.change by ann@example.com at 2026-11-29 21:41 UTC: plan pro → vip`. */
export function undoneOf({ action, actor, at, before, after }: Json, manner: Manner): string {
  const changed = changeOf(before, after, manner) || 'nothing';
  return `${action} by ${printable(String(actor))} at ${whenOf(at, manner)}: ${changed}`;
}

/** An endpoint that names no kinds of notices gets all of them. */
function withKinds(endpoint: Json): Json {
  const { kinds } = endpoint;
  return Array.isArray(kinds) && kinds.length === 0 ? { ...endpoint, kinds: 'all' } : endpoint;
}

function withKeys(license: Json, manner: Manner): Json {
  const { matched_keys: keys } = license;
  return Array.isArray(keys) ? { ...license, matched_keys: keysOf(keys, manner) } : license;
}

function keysOf(keys: unknown[], manner: Manner): string[] {
  return objectsIn(keys).map(key => keyOf(key, manner));
}

/** `named key bot (…1isN), withdrawn 2026-11-29 21:41 UTC`. */
function keyOf({ name, key_last4, state, valid_until }: Json, manner: Manner): string {
  const until = whenOf(valid_until, manner);
  const which = name === null ? 'master key' : `named key ${printable(String(name))}`;
  const key = `${which} (…${key_last4})`;
  if (state === 'current') return name === null ? `the ${key}` : key;
  if (state === 'withdrawn') return `${key}, withdrawn ${until}`;
  return state === 'previous'
    ? `previous ${key}, valid until ${until}`
    : `previous ${key}, ended ${until}`;
}

function whenOf(value: unknown, manner: Manner): string {
  return isInstant(value) ? `${dateOf(value, manner)} ${manner.timeZone}` : '';
}
