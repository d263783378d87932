// Makes options from what a route takes. Types, choices, formats and defaults come from the schema that checks them.

import { z } from 'zod';
import { optionName } from './words.js';

type Schema = z.core.JSONSchema.BaseSchema;

export interface Field {
  /** The service's name, such as `limits.openrouter` for a field of an object. Empty for the whole body. */
  name: string;
  option: string;
  /**
   * `secret`: comes from a prompt, never from an argument. `file`: a text that is too long to type. `json`: any other
   * value that is no single text.
   */
  kind: 'text' | 'number' | 'flag' | 'list' | 'file' | 'json' | 'secret';
  /** The placeholder of the value in the help, such as `<day>`. */
  placeholder: string;
  choices: string[];
  /** The format, the default, and whether it is required. */
  help: string;
  isRequired: boolean;
  /** Whether `none` removes the value. */
  isNullable: boolean;
  /** Fields without which the service does not take this one. */
  needs: string[];
  /** The field without which this one is required. */
  neededWithout?: string | undefined;
  most?: number | undefined;
}

const SECRET = /^(?:\w+_)?(?:password|secret)$/;
/** In characters. */
const LONGEST_TYPED = 5_000;

export const LICENSE_HELP = 'its id, the buyer’s e-mail address, or - to type its key at a prompt';

/** Descriptions of fields whose names are not enough. */
const MEANINGS: Record<string, string> = {
  license: LICENSE_HELP,
  license_id: LICENSE_HELP,
  expires_at: 'when it ends',
  reason: 'why; others read it in the audit log',
  grace_seconds: 'how long the old key still works, else a day; 0 for a leaked one',
  rate_limit: 'requests a minute',
  concurrency: 'requests at once',
  limits: 'requests a month, instead of the plan’s',
  actor: 'who did it: an administrator’s e-mail address, system, or holder',
  subject: 'of one thing, such as license:ID',
  from: 'the first day',
  to: 'the last day',
  cursor: 'the page that the one before named',
  order: 'the number of an order',
  key_last4: 'the last 4 characters of a key',
  key_prefix: 'the beginning of a key, sahm_live_ and up to 4 characters',
};

/** `secrets` has more fields that come from a prompt. */
export function fieldsOf(schema: z.ZodType, isBody: boolean, secrets: string[] = []): Field[] {
  const whole = jsonSchemaOf(schema, 'input');
  const checked = jsonSchemaOf(schema, 'output');
  const shapes = leavesOf(whole).filter(leaf => leaf.properties !== undefined);
  if (shapes.length === 0) return isBody ? [wholeBody()] : [];
  const names = new Set(shapes.flatMap(({ properties }) => Object.keys(properties ?? {})));
  return [...names].flatMap(name => {
    const found = shapes.flatMap(({ properties }) => objectsOf([properties?.[name]]));
    const isRequired = shapes.every(({ required }) => required?.includes(name) === true);
    const coerced = objectsOf([checked.properties?.[name]]);
    const isSecret = isBody && (SECRET.test(name) || secrets.includes(name));
    const needs = isRequired ? [] : neededWith(name, shapes);
    return fieldsAt(name, found, { isRequired, isSecret, coerced, needs, names });
  });
}

/** What the only alternative that has this field requires beside it. */
function neededWith(name: string, shapes: Schema[]): string[] {
  const having = shapes.filter(({ properties = {} }) => name in properties);
  if (having.length === shapes.length) return [];
  return having.length === 1 ? (having[0]?.required ?? []).filter(each => each !== name) : [];
}

interface About {
  isRequired: boolean;
  isSecret: boolean;
  needs: string[];
  /** All fields beside it. */
  names: Set<string>;
  /** The same field after it was read: a number of a query, with its bounds. */
  coerced: Schema[];
}

function fieldsAt(name: string, schemas: Schema[], about: About): Field[] {
  const leaves = schemas.flatMap(leavesOf);
  const isNullable = leaves.some(({ type }) => type === 'null');
  const others = leaves.filter(({ type }) => type !== 'null');
  const inner = others.flatMap(({ properties = {} }) => Object.entries(properties));
  if (inner.length > 0 && others.every(({ properties }) => properties !== undefined)) {
    return inner.flatMap(([key, schema]) =>
      fieldsAt(`${name}.${key}`, objectsOf([schema]), { ...about, isRequired: false }),
    );
  }
  const [first = {}] = others;
  const coerced = about.coerced.flatMap(leavesOf).find(({ type }) => type === 'integer');
  const leaf = first.type === 'number' && coerced ? coerced : first;
  const kind = about.isSecret ? 'secret' : kindOf(leaf);
  const choices = choicesOf(kind === 'list' ? (objectsOf([leaf.items].flat())[0] ?? {}) : leaf);
  const [described] = [...schemas, ...others].flatMap(({ description }) => description ?? []);
  const [neededWithout] = schemas.flatMap(schema => schema['x-needed-without'] ?? []) as string[];
  const value = schemas.find(schema => schema.default !== undefined)?.default;
  const help = [
    asTyped(described, kind, about.names) ?? MEANINGS[name] ?? MEANINGS[name.split('.')[0] ?? ''],
    choices.length > 0 ? undefined : formatOf(others, leaf, kind, isDuration(name)),
    isNullable ? 'or none' : undefined,
    value === undefined ? undefined : `default ${value}`,
    about.isRequired && kind !== 'secret' ? 'required' : undefined,
    about.needs.length > 0
      ? `needs ${about.needs.map(each => `--${optionName(each)}`).join(' and ')}`
      : undefined,
    neededWithout === undefined ? undefined : `needed without --${optionName(neededWithout)}`,
  ];
  return [
    {
      name,
      option: optionName(name),
      kind,
      placeholder: placeholderOf(name, others, kind),
      choices,
      help: help.filter(part => part !== undefined).join('; '),
      isRequired: about.isRequired,
      isNullable,
      needs: about.needs,
      neededWithout,
      ...(leaf.type === 'integer' && { most: leaf.maximum }),
    },
  ];
}

/** The description for whoever types: an option without a value, `none` for null, and options instead of fields. */
function asTyped(
  described: string | undefined,
  kind: Field['kind'],
  names: Set<string>,
): string | undefined {
  const said = described
    ?.replaceAll(/\bnull\b/g, 'none')
    .replaceAll(/\b[a-z]+_[a-z_]+\b/g, word => (names.has(word) ? `--${optionName(word)}` : word));
  return kind === 'flag' ? said?.replace(/^true: /, '') : said;
}

function kindOf(leaf: Schema): Field['kind'] {
  if (leaf.type === 'boolean') return 'flag';
  if (leaf.type === 'integer' || leaf.type === 'number') return 'number';
  if (leaf.type === 'array') {
    const [items] = objectsOf([leaf.items].flat());
    return items?.type === 'string' ? 'list' : 'json';
  }
  if (leaf.type === 'string' && (leaf.maxLength ?? 0) > LONGEST_TYPED) return 'file';
  return leaf.type === 'string' || leaf.enum !== undefined ? 'text' : 'json';
}

function formatOf(
  leaves: Schema[],
  leaf: Schema,
  kind: Field['kind'],
  isDuration: boolean,
): string | undefined {
  const formats = leaves.map(({ format }) => format);
  if (formats.includes('date-time')) {
    return formats.includes('date')
      ? 'a day as 2027-02-28, or an instant as 2027-02-28T12:00:00Z'
      : 'an instant as 2027-02-28T12:00:00Z';
  }
  if (formats.includes('date')) return 'a day as 2027-02-28';
  if (kind === 'file') return 'a file, or - for the standard input';
  if (kind === 'json') return 'a file of JSON, - for the standard input, or JSON itself';
  if (kind === 'secret') return 'asked for at a prompt, never echoed';
  if (kind !== 'number') return undefined;
  if (isDuration) return 'seconds, or as 90m, 12h, 7d';
  const { minimum, maximum } = leaf;
  if (minimum === undefined) return undefined;
  return maximum === undefined ? `${minimum} or more` : `${minimum} to ${maximum}`;
}

/** Seconds, which people type in other units too. */
export function isDuration(name: string): boolean {
  return name.endsWith('_seconds');
}

function placeholderOf(name: string, leaves: Schema[], kind: Field['kind']): string {
  if (kind === 'json' || kind === 'file') return 'file';
  const last = name.split('.').at(-1) ?? name;
  if (isDuration(last)) return 'time';
  if (kind === 'number') return 'number';
  const formats = leaves.map(({ format }) => format);
  if (formats.includes('date-time')) return 'when';
  if (formats.includes('date')) return 'day';
  if (/^license(?:_id)?$/.test(last)) return 'license';
  return last === 'note' || last === 'reason' ? 'text' : optionName(last);
}

function choicesOf({ enum: all, const: one }: Schema): string[] {
  return (all ?? (one === undefined ? [] : [one])).map(String);
}

/** The field for a body that is no object with named fields. */
function wholeBody(): Field {
  return {
    name: '',
    option: 'body',
    kind: 'json',
    placeholder: 'file',
    choices: [],
    help: 'a file of JSON, - for the standard input, or JSON itself; required',
    isRequired: true,
    isNullable: false,
    needs: [],
  };
}

function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): Schema {
  return z.toJSONSchema(schema, { io, unrepresentable: 'any' });
}

/** The alternatives of a schema. */
function leavesOf(schema: Schema): Schema[] {
  const inner = objectsOf([
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    ...(schema.allOf ?? []),
  ]);
  return inner.length === 0 ? [schema] : inner.flatMap(leavesOf);
}

/** JSON Schema also has `true` and `false`. */
function objectsOf(schemas: Array<Schema | boolean | undefined>): Schema[] {
  return schemas.filter(schema => typeof schema === 'object');
}
