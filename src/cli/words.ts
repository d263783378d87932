// The names of commands. One rule makes them from a route's method and path; a table has the exceptions. So every route
// has a command, also without an entry here.

import type { Method } from '../http/kernel/endpoint.js';

interface Nicer {
  verb?: string;
  /** Fields that may be typed without their option's name, in this order. */
  arguments?: string[];
  /** Default values. */
  defaults?: Record<string, string>;
  /** Further fields, beside passwords, that are typed at a prompt. */
  secrets?: string[];
}

const NICER: Record<string, Nicer> = {
  'POST /licenses': { verb: 'issue' },
  'POST /licenses/lookup': { secrets: ['key'] },
  'POST /codes': { arguments: ['product'], defaults: { count: '1' } },
  'POST /webhook-endpoints': { verb: 'add', arguments: ['url'] },
  'DELETE /codes/{id}': { verb: 'withdraw' },
  'DELETE /licenses/{id}/grants/{grant}': { verb: 'withdraw' },
  'DELETE /tokens/{id}': { verb: 'revoke' },
  'DELETE /session': { verb: 'end' },
};
const NOUNS: Record<string, string> = { 'webhook-endpoints': 'endpoint' };
const SHORT_FIELDS: Record<string, string> = { key_last4: 'last4' };

/** A shorter name for a command. */
export interface Shortcut {
  words: string[];
  route: string;
  summary?: string;
  /** The only fields, as arguments. */
  fields?: string[];
  /** Values that are always sent. */
  fixed?: Record<string, unknown>;
}

export const SHORTCUTS: Shortcut[] = [
  {
    words: ['license', 'plan'],
    route: 'PATCH /licenses/{id}',
    fields: ['plan'],
    summary: 'Changes the plan',
  },
  {
    words: ['license', 'email'],
    route: 'PATCH /licenses/{id}',
    fields: ['email'],
    summary: 'Gives it to the buyer with this address',
  },
  {
    words: ['license', 'note'],
    route: 'PATCH /licenses/{id}',
    fields: ['note'],
    summary: 'Writes the note',
  },
  {
    words: ['endpoint', 'enable'],
    route: 'PATCH /webhook-endpoints/{id}',
    fields: [],
    fixed: { disabled: false },
    summary: 'Posts notices to it again',
  },
  {
    words: ['endpoint', 'disable'],
    route: 'PATCH /webhook-endpoints/{id}',
    fields: [],
    fixed: { disabled: true },
    summary: 'Posts no more notices to it',
  },
  { words: ['grant'], route: 'POST /licenses/{id}/grants' },
  { words: ['sales'], route: 'GET /usage/sales' },
  { words: ['refusals'], route: 'GET /usage/refusals' },
];

const VERBS: Record<Method, string> = {
  get: 'show',
  post: 'create',
  patch: 'change',
  delete: 'remove',
};

/** One word of a command. `plural` is accepted too. */
export interface Word {
  word: string;
  plural?: string;
}

export interface Named {
  words: Word[];
  /** The command that runs if the last word is left out. */
  isDefault: boolean;
}

/** Joins method and path, such as `GET /licenses/{id}`. */
export function routeName(method: Method, path: string): string {
  return `${method.toUpperCase()} ${path}`;
}

export function nicerOf(route: string): Nicer {
  return NICER[route] ?? {};
}

/** `GET /licenses` is `license list`, `POST /licenses/{id}/suspend` is `license suspend`. */
export function nameOf(method: Method, path: string, routes: string[]): Named {
  const paths = routes.map(route => route.split(' ')[1] ?? '');
  const isCollection = (start: string) =>
    paths.some(each => each.startsWith(`${start}/{`)) ||
    ['GET', 'POST'].every(each => routes.includes(`${each} ${start}`));
  const parts = path.split('/').slice(1);
  const nouns = parts.flatMap((part, at): Word[] => {
    if (isParameter(part)) return [];
    const start = `/${parts.slice(0, at + 1).join('/')}`;
    return [isCollection(start) ? nounOf(part) : { word: part }];
  });
  const isAboutOne = isParameter(parts.at(-1) ?? '');
  const isAlone =
    !isAboutOne &&
    routes.every(route => !`${route}/`.includes(` ${path}/`) || route === routeName(method, path));
  if (isAlone && (method === 'get' || method === 'post')) {
    return { words: nouns, isDefault: false };
  }
  const isPlural = nounOf(parts.at(-1) ?? '').plural !== undefined;
  const isList = method === 'get' && !isAboutOne && isPlural && isCollection(path);
  const rule = isList ? 'list' : VERBS[method];
  const word = nicerOf(routeName(method, path)).verb ?? rule;
  return { words: [...nouns, { word }], isDefault: method === 'get' && !isAboutOne };
}

/** The name for `{id}` in `/licenses/{id}`: `license`. */
export function argumentName(path: string, parameter: string): string {
  const [, collection = ''] = new RegExp(`([\\w-]+)/\\{\\+?${parameter}\\}`).exec(path) ?? [];
  return parameter === 'id' ? nounOf(collection).word : parameter.replaceAll('_', '-');
}

/** `expires_at` is `--expires`, `limits.openrouter` is `--limits-openrouter`. */
export function optionName(field: string): string {
  const short = SHORT_FIELDS[field] ?? field.replace(/_(?:at|id|seconds)$/, '');
  return kebab(short);
}

export function kebab(field: string): string {
  return field.replaceAll(/[._]/g, '-');
}

function nounOf(collection: string): Word {
  const word = NOUNS[collection] ?? singular(collection);
  return word === collection
    ? { word }
    : { word, plural: NOUNS[collection] ? `${word}s` : collection };
}

export function singular(word: string): string {
  return word.replace(/ies$/, 'y').replace(/(?<=[^su])s$/, '');
}

function isParameter(part: string): boolean {
  return part.startsWith('{');
}
