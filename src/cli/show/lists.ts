// Shows rows as a table with totals, or a sentence if there are no rows.

import type { Json } from '../client.js';
import { isObject } from '../client.js';
import { cellOf, isInstant, labelOf, type Manner } from './cells.js';
import { layOut } from './table.js';

/** Fields that tables leave out, because they are known already or only useful for programs. */
const LEFT_OUT: Record<string, string[]> = {
  licenses: ['key_prefix', 'created_at'],
  purchases: ['topic', 'attempts', 'settled_at', 'waits_until'],
  entries: ['id'],
  notices: ['details'],
  codes: ['created_at'],
  requests: ['id', 'dialect', 'ended_at', 'period', 'units', 'grant'],
  refusals: ['id', 'reason', 'dialect', 'provider', 'parameters'],
  lines: ['code', 'plan', 'bucket', 'grant', 'order', 'requests', 'charged', 'from', 'to'],
};
const TITLES: Record<string, string> = { ok: 'result' };

export interface Table {
  /** The name of the rows, such as `licenses`. */
  list: string;
  rows: Json[];
  /** The groups of a report. */
  group?: string;
  hasTotals: boolean;
  /** The width of the terminal. */
  width: number | undefined;
}

/** The lines of a table. */
export function tableOf({ list, rows, group, hasTotals, width }: Table, manner: Manner): string[] {
  const lines = rows.flatMap(byCurrency);
  const names = [...new Set(lines.flatMap(row => Object.keys(row)))].filter(
    name => name !== 'currency' && !LEFT_OUT[list]?.includes(name),
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
  const { lines: text, left } = layOut(columns, [...shown, ...totals], width);
  if (left.length === 0) return text;
  return [...text, `No room for: ${left.join(', ')} (--wide or --json has all).`];
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
  const isUuid = values.some(value => typeof value === 'string' && /^[0-9a-f-]{36}$/.test(value));
  return isUuid || name === 'id' || name === 'code' || name === 'email';
}
