// What a release left behind whose runner recorded the end of a script apart from it.

import type { Migration } from './migrations.js';
import type { SchemaSession } from './schemaSession.js';

/** By kind: how a script creates it, and whether it is there. */
const CREATED: Array<[RegExp, string]> = [
  [/^CREATE TABLE "?(\w+)/gm, 'to_regclass(quote_ident(name)) IS NOT NULL'],
  [/^CREATE (?:UNIQUE )?INDEX "?(\w+)/gm, 'to_regclass(quote_ident(name)) IS NOT NULL'],
  [/^CREATE TYPE "?(\w+)/gm, 'to_regtype(quote_ident(name)) IS NOT NULL'],
  [/^CREATE FUNCTION "?(\w+)/gm, 'EXISTS (SELECT FROM pg_proc WHERE proname = name)'],
];

/**
 * Whether everything is there that the script creates: such a script was a transaction, all of it or
 * nothing. False for one that only replaces, or has transactions of its own: it can run again.
 */
export async function isApplied(
  session: SchemaSession,
  { sql, steps }: Migration,
): Promise<boolean> {
  if (steps.length > 1) return false;
  let found = 0;
  for (const [pattern, isThere] of CREATED) {
    const names = [...sql.matchAll(pattern)].map(match => match[1]);
    const [kind] = await session.query<{ all: boolean | null }>(
      `SELECT bool_and(${isThere}) AS "all" FROM unnest($1::text[]) AS name`,
      [names],
    );
    if (kind?.all === false) return false;
    found += names.length;
  }
  return found > 0;
}
