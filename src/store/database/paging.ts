// Keyset pagination: a cursor names the last row of a page, so new rows do not shift the pages.

import type { Page } from '../../domain/page.js';
import { Prisma } from '../generated/client.js';

/** `read` returns at most that many rows after the cursor: one more than the page, which shows if another follows. */
export async function readPage<Row, Shown>(
  limit: number,
  read: (most: number) => Promise<Row[]>,
  cursorOf: (row: Row) => string,
  show: (row: Row) => Shown,
): Promise<Page<Shown>> {
  const rows = await read(limit + 1);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const nextCursor = rows.length > limit && last ? cursorOf(last) : null;
  return { kind: 'page', rows: page.map(show), nextCursor };
}

/** An instant, and a name that tells rows of the same instant apart. */
export interface Place {
  /** In microseconds, as the database keeps them: a millisecond may hold the beginnings of two pages. */
  us: bigint;
  name: string;
}

/** The cursor of a place. */
export function writePlace({ us, name }: Place): string {
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
