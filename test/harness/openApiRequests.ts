// Makes requests from an OpenAPI document: valid according to its schemas, or with something odd in them.

import type { OddValues } from './oddValues.js';
import type { Random } from './random.js';

interface Schema {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
}

interface Operation {
  security?: Array<Record<string, unknown>>;
  parameters?: Array<{ name: string; in: string; schema: Schema; required?: boolean }>;
  requestBody?: { content: Record<string, { schema: Schema }> };
}

export interface Described {
  paths: Record<string, Record<string, Operation>>;
}

export interface MadeRequest {
  method: string;
  /** The path as it is in the document. */
  template: string;
  /** The path with its query, ready to be sent. */
  path: string;
  headers: Record<string, string>;
  body?: string;
  /** The security scheme, where the request should be let in. */
  credential?: string | undefined;
}

export interface Known {
  /** Existing values, by the name of a field or path parameter. */
  values: Record<string, string[]>;
  /** Headers of a credential, by the name of its security scheme. */
  credentials: Record<string, () => Record<string, string>>;
  /** Headers that any caller may send. */
  headers: Record<string, string[]>;
}

export function createRequests(
  document: Described,
  known: Known,
  { random, odd }: { random: Random; odd: OddValues },
): () => MadeRequest {
  const { below } = random;
  const pick = <T>(choices: T[]) => choices[below(choices.length)] as T;
  const isOneIn = (count: number) => below(count) === 0;
  const operations = Object.entries(document.paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ template, method, operation })),
  );

  function exampleOf(schema: Schema, name: string): unknown {
    const here = known.values[name];
    const type = [schema.type ?? 'object'].flat();
    if (here && type.includes('string') && !isOneIn(5)) return pick(here);
    if (schema.const !== undefined) return schema.const;
    if (schema.enum) return pick(schema.enum);
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices) return exampleOf(pick(choices), name);
    switch (pick(type)) {
      case 'null':
        return null;
      case 'boolean':
        return isOneIn(2);
      case 'integer':
      case 'number':
        return Math.min(schema.maximum ?? 50, (schema.minimum ?? 0) + below(50));
      case 'array':
        return Array.from({ length: below(3) }, () => exampleOf(schema.items ?? {}, name));
      case 'string':
        return textOf(schema);
      default:
        return objectOf(schema);
    }
  }

  function textOf({ format, minLength = 1 }: Schema): string {
    if (format === 'email') return `buyer-${below(50)}@example.com`;
    if (format === 'uuid') return '01930000-0000-7000-8000-000000000000';
    if (format === 'date-time') return '2027-05-01T00:00:00Z';
    if (format === 'date') return pick(['2026-11-01', '2026-11-28']);
    return 'words '.repeat(4).slice(0, Math.max(minLength, 1 + below(20)));
  }

  function objectOf({ properties = {}, required = [] }: Schema): Record<string, unknown> {
    const chosen = Object.entries(properties).filter(
      ([name]) => required.includes(name) || isOneIn(2),
    );
    return Object.fromEntries(chosen.map(([name, schema]) => [name, exampleOf(schema, name)]));
  }

  function segment(name: string, isOdd: boolean): string {
    const value = isOdd && isOneIn(2) ? odd.text() : pick(known.values[name] ?? ['none']);
    // Sometimes bytes that are not UTF-8.
    return isOdd && isOneIn(6) ? pick(['%ff', '%00', '%', '%C0%80', '%ED%A0%80']) : encoded(value);
  }

  function queryOf(operation: Operation, isOdd: boolean): string {
    const parts = (operation.parameters ?? [])
      .filter(each => each.in === 'query' && (each.required || isOneIn(3)))
      .map(({ name, schema }) => {
        const value = exampleOf(schema, name);
        return `${name}=${encoded(String(isOdd && isOneIn(2) ? odd.alike(value) : value))}`;
      });
    if (!isOdd) return parts.join('&');
    const first = parts[0]?.split('=')[0] ?? 'limit';
    if (isOneIn(4)) parts.push(`${first}=${encoded(odd.text())}`);
    if (isOneIn(6)) parts.push(`${first}[]=1`, `${first}[$ne]=${encoded(odd.text())}`);
    if (isOneIn(6)) parts.push(`${encoded(odd.text())}=1`, '%ff=%00', '&&', '=');
    return parts.join('&');
  }

  return () => {
    const { template, method, operation } = pick(operations);
    const isOdd = isOneIn(2);
    const path = template.replaceAll(/\{(\w+)\}/g, (_, name) =>
      segment(nameOf(template, name), isOdd),
    );
    const query = queryOf(operation, isOdd);
    const scheme = Object.keys(pick(operation.security ?? [{}]) ?? {})[0];
    const credential = isOneIn(12) ? pick(Object.keys(known.credentials)) : scheme;
    const headers: Record<string, string> = {
      ...(credential !== undefined && known.credentials[credential]?.()),
    };
    for (const [name, values] of Object.entries(known.headers)) {
      if (isOneIn(8)) headers[name] = isOdd ? headerText(odd.text()) : pick(values);
    }
    const schema = operation.requestBody?.content['application/json']?.schema;
    const made: Omit<MadeRequest, 'path'> = {
      method: method.toUpperCase(),
      template,
      headers,
      credential: credential === scheme ? scheme : undefined,
    };
    const url = query === '' ? path : `${path}?${query}`;
    if (!schema && !(isOdd && method === 'post')) return { ...made, path: url };
    const value = exampleOf(schema ?? {}, 'body');
    headers['Content-Type'] = isOdd && isOneIn(10) ? headerText(odd.text()) : 'application/json';
    const body = isOdd ? odd.json(odd.changed(value)) : JSON.stringify(value);
    return { ...made, path: url, body };
  };
}

/** Several paths have an `{id}`, for example of a license or a token. */
function nameOf(template: string, name: string): string {
  const [, kind = ''] = new RegExp(`/([\\w-]+)/\\{${name}\\}`).exec(template) ?? [];
  return `${kind}/${name}`;
}

/** What fits into a request line. */
const LONGEST_ENCODED = 1_000;

/** Percent-encoded UTF-8. Also encodes lone surrogates, as careless programs do. */
function encoded(text: string): string {
  return [...text.slice(0, LONGEST_ENCODED)]
    .map(character =>
      character.isWellFormed()
        ? encodeURIComponent(character)
        : `%${[...surrogateBytes(character)].map(byte => byte.toString(16)).join('%')}`,
    )
    .join('');
}

function surrogateBytes(character: string): number[] {
  const unit = character.charCodeAt(0);
  return [0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)];
}

/** What a header can contain on the wire: bytes, but no control characters. */
function headerText(text: string): string {
  const bytes = [...Buffer.from(text)].filter(byte => byte >= 0x20 && byte !== 0x7f);
  return Buffer.from(bytes).toString('latin1').slice(0, 4_000);
}
