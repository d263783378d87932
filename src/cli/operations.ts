// All operations of administration, each route in the form that a command needs.

import { describeAdministration } from '../http/admin/described.js';
import type { Access, Method } from '../http/kernel/endpoint.js';
import { type Field, fieldsOf } from './fields.js';
import { type Named, nameOf, nicerOf, routeName } from './words.js';

const PREFIX = '/admin/api';

export interface Operation extends Named {
  /** `GET /licenses/{id}`. */
  route: string;
  method: Method;
  /** Without the prefix. */
  path: string;
  summary: string;
  access: Access;
  /** What cannot be undone, as a text. */
  consequence: string | undefined;
  parameters: string[];
  /** What a parameter may be, if it is one of a few texts. */
  choices: Record<string, readonly string[]>;
  query: Field[];
  body: Field[];
  /** Whether the answer comes in pages. */
  hasPages: boolean;
  /** Whether the answer is a file, not JSON. */
  isFile: boolean;
}

export function readOperations(): Operation[] {
  const described = describeAdministration().map(each => ({
    ...each,
    path: each.path.slice(PREFIX.length),
  }));
  const routes = described.map(({ method, path }) => routeName(method, path));
  return described.map(({ method, path, summary, access, query, body, answers, ...more }) => {
    const asked = query ? fieldsOf(query, false) : [];
    const isAboutOne = path.endsWith('}');
    return {
      ...nameOf(method, path, routes),
      route: routeName(method, path),
      method,
      path,
      summary,
      access,
      consequence: more.consequence ?? (method === 'delete' && isAboutOne ? summary : undefined),
      choices: more.choices ?? {},
      parameters: [...path.matchAll(/\{\+?(\w+)\}/g)].map(([, name = '']) => name),
      query: asked,
      body: body ? fieldsOf(body, true, nicerOf(routeName(method, path)).secrets) : [],
      hasPages: asked.some(({ name }) => name === 'cursor'),
      isFile: Object.values(answers).some(
        answer => answer !== null && 'mediaType' in answer && !answer.json,
      ),
    };
  });
}
