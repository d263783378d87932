// Shows one object: its fields, then each part under its name.

import type { Json } from '../client.js';
import { isObject } from '../client.js';
import { cellOf, isEnd, isInstant, labelOf, type Manner, withUnitOf } from './cells.js';
import { tableOf } from './lists.js';

/** Longer lists are not written in one line. */
const SHORT_LIST = 80;

export function pageOf(answer: Json, width: number | undefined, known: Manner): string[] {
  const manner = withUnitOf(answer, known);
  const parts = Object.entries(answer);
  const [only] = parts;
  // `{license: {…}}` is a license.
  if (parts.length === 1 && only && isObject(only[1])) return pageOf(only[1], width, manner);
  const blocks: string[][] = [];
  let fields: Array<[string, unknown]> = [];
  for (const [at, [name, value]] of parts.entries()) {
    if (isSimple(value)) fields.push([name, value]);
    else blocks.push(blockOf(name, value, width, manner));
    const next = parts[at + 1];
    if (fields.length === 0 || (next && isSimple(next[1]))) continue;
    blocks.push(fieldsOf(fields, answer, manner));
    fields = [];
  }
  return blocks.flatMap((block, at) => (at === 0 ? block : ['', ...block]));
}

function blockOf(
  name: string,
  value: unknown,
  width: number | undefined,
  manner: Manner,
): string[] {
  const label = labelOf(name);
  if (Array.isArray(value)) {
    if (value.length === 0) return [`No ${label}.`];
    const rows = value.filter(isObject);
    if (rows.length < value.length)
      return [label, ...value.map(each => `  ${cellOf(name, each, {}, manner)}`)];
    return [
      label,
      ...indented(tableOf({ list: name, rows, hasTotals: false, width: less(width) }, manner)),
    ];
  }
  if (!isObject(value)) return [];
  if (isEmpty(value)) return [`No ${label}.`];
  const rows = alike(value);
  const lines = rows
    ? tableOf({ list: name, rows, hasTotals: false, width: less(width) }, manner)
    : pageOf(value, less(width), { ...manner, isEnd: isEnd(name) });
  return [label, ...indented(lines)];
}

/** Objects with the same fields, such as one for each provider, become rows that begin with their name. */
function alike(value: Json): Json[] | undefined {
  const entries = Object.entries(value);
  const rows = entries.flatMap(([name, inner]) =>
    isObject(inner) ? [{ '': name, ...inner }] : [],
  );
  const forms = new Set(rows.map(row => Object.keys(row).join()));
  const isFlat = rows.every(row => Object.values(row).every(isSimple));
  return rows.length === entries.length && rows.length > 1 && forms.size === 1 && isFlat
    ? rows
    : undefined;
}

function fieldsOf(fields: Array<[string, unknown]>, row: Json, manner: Manner): string[] {
  const longest = Math.max(0, ...fields.map(([name]) => labelOf(name).length));
  return fields.map(([name, value]) => {
    const zone = isInstant(value) ? ` ${manner.timeZone}` : '';
    return `${labelOf(name).padEnd(longest)}  ${cellOf(name, value, row, manner)}${zone}`;
  });
}

/** Whether a value fits beside its name. */
function isSimple(value: unknown): boolean {
  if (Array.isArray(value)) {
    const isFlat = value.every(each => typeof each !== 'object' || each === null);
    return value.length > 0 && isFlat && value.join(', ').length <= SHORT_LIST;
  }
  // Where nothing is set there is one line for all of it, as for limits of a license that has none of its own.
  if (isObject(value)) return Object.values(value).every(each => each === null) && !isEmpty(value);
  return true;
}

function isEmpty(value: Json): boolean {
  return Object.keys(value).length === 0;
}

function less(width: number | undefined): number | undefined {
  return width === undefined ? undefined : width - 2;
}

function indented(lines: string[]): string[] {
  return lines.map(line => (line === '' ? '' : `  ${line}`));
}
