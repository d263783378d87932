// Converts what was typed to the service's form.

import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseJson } from '../domain/unknownJson.js';
import { wrongUsage } from './errors.js';
import { type Field, isDuration } from './fields.js';
import { readPassword } from './readPassword.js';

/** The values by field. For a field with a prompt, true means that it is wanted. */
export type Typed = Map<Field, unknown>;

export async function bodyOf(fields: Field[], typed: Typed): Promise<unknown> {
  let whole: unknown = {};
  for (const field of fields) {
    const value = await wireValueOf(field, typed.get(field));
    if (value === undefined) continue;
    if (field.name === '') whole = value;
    else putInto(whole, field.name.split('.'), value);
  }
  return whole;
}

export function queryOf(fields: Field[], typed: Typed): Record<string, string> {
  const given = fields.flatMap(field => {
    const value = typed.get(field);
    if (value === undefined) return [];
    return [[field.name, String(field.kind === 'number' ? numberOf(field, value) : value)]];
  });
  return Object.fromEntries(given);
}

/** Reports all missing fields at once. Prompts for secrets. */
export function refuseMissing(fields: Field[], typed: Typed): void {
  const needed = new Set(
    fields.flatMap(field => (typed.get(field) === undefined ? [] : field.needs)),
  );
  const isGiven = (name: string) =>
    fields.some(field => field.name === name && typed.get(field) !== undefined);
  const isNeeded = ({ isRequired, name, neededWithout }: Field) =>
    isRequired || needed.has(name) || (neededWithout !== undefined && !isGiven(neededWithout));
  const missing = fields.filter(
    field => isNeeded(field) && field.kind !== 'secret' && typed.get(field) === undefined,
  );
  if (missing.length === 0) return;
  throw wrongUsage(`Missing: ${missing.map(({ option }) => `--${option}`).join(', ')}.`);
}

async function wireValueOf(field: Field, typed: unknown): Promise<unknown> {
  if (field.kind === 'secret')
    return field.isRequired || typed === true ? readSecret(field) : undefined;
  if (typed === undefined) return undefined;
  if (field.isNullable && typed === 'none') return null;
  if (field.kind === 'number') return numberOf(field, typed);
  if (field.kind === 'file') return contentOf(field.option, String(typed));
  return field.kind === 'json' ? readJson(field, String(typed)) : typed;
}

async function readSecret({ name }: Field): Promise<string> {
  const said = name.replaceAll('_', ' ');
  const value = await readPassword(`${said[0]?.toUpperCase()}${said.slice(1)} (it is not shown): `);
  if (value === '') throw wrongUsage(`no ${said} was given`);
  return value;
}

const SECONDS: Record<string, number> = { '': 1, s: 1, m: 60, h: 3_600, d: 86_400 };

function numberOf({ name, option, help }: Field, typed: unknown): number {
  const text = String(typed);
  const [, digits, unit = ''] = (isDuration(name) && /^(\d+)([smhd]?)$/.exec(text)) || [];
  if (digits !== undefined) return Number(digits) * (SECONDS[unit] ?? 1);
  if (!/^-?\d+(?:\.\d+)?$/.test(text)) throw wrongUsage(`--${option} is a number: ${help}.`);
  return Number(text);
}

async function readJson({ option }: Field, typed: string): Promise<unknown> {
  const source = /^\s*[[{]/.test(typed) ? typed : await contentOf(option, typed);
  const value = parseJson(source);
  if (value === undefined) throw wrongUsage(`--${option}: that is not JSON.`);
  return value;
}

async function contentOf(option: string, file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  return readFile(file, 'utf8').catch(error => {
    throw wrongUsage(`--${option}: ${file} cannot be read (${error.code}).`);
  });
}

function putInto(whole: unknown, [name = '', ...rest]: string[], value: unknown): void {
  const into = whole as Record<string, unknown>;
  if (rest.length === 0) {
    into[name] = value;
    return;
  }
  into[name] ??= {};
  putInto(into[name], rest, value);
}
