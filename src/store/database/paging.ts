// Keyset pagination: a cursor is the place of the last row, so new rows do not shift the pages.

import { type Refusal, refuse } from '../../domain/refusal.js';
import { Prisma } from '../generated/client.js';

export interface Page<Row> {
  kind: 'page';
  rows: Row[];
  nextCursor: string | null;
}

/** If there is a next page, `rows` has one row more than the page. */
export function pageOf<Row, Shown>(
  rows: Row[],
  limit: number,
  placeOf: (row: Row) => { us: bigint; name: string },
  show: (row: Row) => Shown,
): Page<Shown> {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const nextCursor = rows.length > limit && last ? writePlace(placeOf(last)) : null;
  return { kind: 'page', rows: page.map(show), nextCursor };
}

/** In microseconds, as the database keeps them: a millisecond may hold the beginnings of two pages. */
function writePlace({ us, name }: { us: bigint; name: string }): string {
  return Buffer.from(`${us}.${name}`).toString('base64url');
}

/** The place that a cursor names; null for no cursor. `form` is what the names look like. */
export function readPlace(
  cursor: string | undefined,
  form: RegExp,
): { at: Prisma.Sql; name: string } | 'bad cursor' | null {
  if (cursor === undefined) return null;
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const dot = text.indexOf('.');
  const us = text.slice(0, Math.max(0, dot));
  const name = text.slice(dot + 1);
  if (!/^\d{1,16}$/.test(us) || !form.test(name)) return 'bad cursor';
  const at = Prisma.sql`(timestamptz 'epoch' + ${BigInt(us)} * interval '1 microsecond')`;
  return { at, name };
}

export function refuseCursor(): Refusal {
  const parameters = { field: 'cursor', expected: 'the next_cursor of a page' };
  return refuse('invalid_request', 'field_invalid', parameters, { field: 'cursor' });
}
