// Shows rows as a table with totals, or a sentence if there are no rows.

import type { Json } from '../client.js';
import { isObject } from '../client.js';
import { cellOf, isInstant, labelOf, type Manner } from './cells.js';
import { inWords } from './changes.js';
import { type Column, layOut, widthOf, wrap } from './table.js';

/** Fields that tables leave out, because they are known already or only useful for programs. */
const LEFT_OUT: Record<string, string[]> = {
  licenses: ['key_prefix', 'created_at'],
  purchases: ['topic', 'attempts', 'settled_at', 'waits_until'],
  entries: ['id'],
  notices: ['details'],
  codes: ['created_at'],
  keys: ['key_prefix'],
  models: ['card', 'inputCaps', 'outputShown', 'defaults', 'fallbacks'],
  requests: ['id', 'dialect', 'ended_at', 'period', 'units', 'unit', 'grant'],
  refusals: ['id', 'reason', 'dialect', 'provider', 'parameters'],
  lines: [
    ...['code', 'plan', 'provider', 'bucket', 'grant', 'product', 'order'],
    ...['requests', 'charged', 'from', 'to'],
  ],
};
/** These columns are left out if no row has a value. */
const SELDOM: Record<string, string[]> = {
  requests: ['key', 'user', 'product'],
  refusals: ['key'],
};
/** What comes first, because what comes last is left out where a terminal is narrow. */
const FIRST: Record<string, string[]> = {
  entries: ['at', 'actor', 'action', 'email', 'subject'],
  keys: ['id', 'name', 'state', 'key_last4', 'limits', 'usage'],
  licenses: ['id', 'email', 'plan', 'status', 'key_last4', 'expires_at'],
  grants: ['id', 'product', 'provider', 'units', 'remaining', 'expires_at', 'status', 'lasts'],
  rows: ['key', 'day', 'code', 'reason', 'requests', 'cost_microusd'],
  requests: [
    ...['request_id', 'at', 'model', 'charged', 'cost_microusd', 'key', 'bucket', 'outcome'],
    ...['reason', 'product'],
  ],
};
/** Sentences: they stand below their row where they do not fit into it. */
const SENTENCES: Record<string, string> = {
  entries: 'change',
  events: 'details',
  licenses: 'matched_keys',
  lines: 'message',
  notices: 'deliveries',
  purchases: 'reason',
  refusals: 'message',
  upstreams: 'last_failure',
  // No sentence, but as long as one.
  requests: 'request_id',
};
const TITLES: Record<string, string> = { ok: 'result' };

export interface Table {
  /** The name of the rows, such as `licenses`. */
  list: string;
  rows: Json[];
  /** The groups of a report. */
  group?: string;
  hasTotals: boolean;
  /** What was asked for: a license of which all rows are. */
  filters?: string[];
  /** How wide the terminal is. */
  width: number | undefined;
}

/** The lines of a table. */
export function tableOf(
  { list, rows, group, hasTotals, filters = [], width }: Table,
  manner: Manner,
): string[] {
  const lines = rows.flatMap(byCurrency).map(row => inWords(list, row, manner));
  const known = filters.includes('license') ? ['license', 'license_id'] : [];
  const leftOut = ['currency', ...(LEFT_OUT[list] ?? []), ...known];
  const seldom = SELDOM[list] ?? [];
  const all = [...(FIRST[list] ?? []), ...lines.flatMap(row => Object.keys(row))];
  const names = [...new Set(all)].filter(
    name =>
      !leftOut.includes(name) &&
      lines.some(row => name in row && !(seldom.includes(name) && row[name] === null)),
  );
  const columns = names.map(name => {
    const values = lines.map(row => row[name]);
    const isNumber = values.some(value => typeof value === 'number');
    const zone = values.some(isInstant) ? ` (${manner.timeZone})` : '';
    const label = name === 'key' && group ? group : (TITLES[name] ?? labelOf(name));
    const isWhole = zone !== '' || isId(name, values);
    return { title: `${label.toUpperCase()}${zone}`, isNumber, isWhole };
  });
  const shown = lines.map(row => names.map(name => shownCell(name, row, manner)));
  const totals = (hasTotals && rows.length > 1 ? totalsOf(rows) : []).map((row, line) =>
    names.map((name, at) => (at > 0 ? shownCell(name, row, manner) : line === 0 ? 'TOTAL' : '')),
  );
  const cells = [...shown, ...totals];
  const sentence = names.indexOf(SENTENCES[list] ?? '');
  const { lines: text, left } = layOut(columns, cells, sentence < 0 ? width : undefined);
  if (sentence >= 0 && width !== undefined && Math.max(...text.map(widthOf)) > width) {
    return sentencesBelow({ columns, cells, sentence, width });
  }
  return left.length === 0 ? text : [...text, noRoomFor(left)];
}

/** The table without its sentences, each of which stands below its row. */
function sentencesBelow({
  columns,
  cells,
  sentence,
  width,
}: {
  columns: Column[];
  cells: string[][];
  sentence: number;
  width: number;
}): string[] {
  const { lines, left } = layOut(
    columns.toSpliced(sentence, 1),
    cells.map(row => row.toSpliced(sentence, 1)),
    width,
  );
  const below = cells.map(row =>
    ['', '-'].includes(row[sentence] ?? '') ? [] : wrap(row[sentence] ?? '', width - 4),
  );
  const text = lines.flatMap((line, at) => [
    line,
    ...(below[at - 1] ?? []).map(part => `    ${part}`),
  ]);
  return left.length === 0 ? text : [...text, noRoomFor(left)];
}

function noRoomFor(titles: string[]): string {
  return `No room for: ${titles.join(', ')} (--wide or --json has all).`;
}

/** Splits a row into the parts with their own currencies, and the rest. */
function split(row: Json): { own: Json; parts: Json[] } {
  for (const [name, value] of Object.entries(row)) {
    if (!Array.isArray(value)) continue;
    const parts = value.filter(isObject).filter(part => 'currency' in part);
    const { [name]: _, ...own } = row;
    if (parts.length > 0 || name === 'sold') return { own, parts };
  }
  return { own: row, parts: [] };
}

/** A row with several currencies becomes a line for each. */
function byCurrency(row: Json): Json[] {
  const { own, parts } = split(row);
  const [first, ...more] = parts;
  return [{ ...own, ...first }, ...more];
}

/** The totals of all rows, with a line for each currency. */
function totalsOf(rows: Json[]): Json[] {
  const all = rows.map(split);
  const parts = all.flatMap(each => each.parts);
  const currencies = [...new Set(parts.map(({ currency }) => currency))];
  const [first, ...more] = currencies.map(currency => ({
    ...sumOf(parts.filter(part => part.currency === currency)),
    currency,
  }));
  return [{ ...sumOf(all.map(({ own }) => own)), ...first }, ...more];
}

function sumOf(rows: Json[]): Json {
  const sums: Record<string, number> = {};
  for (const [name, value] of rows.flatMap(row => Object.entries(row))) {
    if (typeof value === 'number') sums[name] = (sums[name] ?? 0) + value;
  }
  return sums;
}

function shownCell(name: string, row: Json, manner: Manner): string {
  const value = row[name];
  if (!(name in row)) return '';
  if (name === 'ok') return value === true ? 'ok' : 'change';
  if (name === 'deliveries' && Array.isArray(value)) {
    return value.filter(isObject).map(deliveryOf).join(', ') || '-';
  }
  return cellOf(name, value, row, manner);
}

/** `webhook failed after 12: status 503`. */
function deliveryOf({ channel, state, attempts, error }: Json): string {
  return error === '' ? `${channel} ${state}` : `${channel} ${state} after ${attempts}: ${error}`;
}

function isId(name: string, values: unknown[]): boolean {
  const isUuid = values.some(
    value => typeof value === 'string' && /(?:^|:)[0-9a-f-]{36}$/.test(value),
  );
  return isUuid || name === 'id' || name === 'code' || name === 'email';
}
