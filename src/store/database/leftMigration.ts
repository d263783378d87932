// Detects migrations of older releases, which recorded the end of a script in a second transaction.

import type { Migration } from './migrations.js';
import type { SchemaSession } from './schemaSession.js';

/** For each kind of object: how a script creates it, and a condition that tells whether it exists. */
const CREATED: Array<[RegExp, string]> = [
  [/^CREATE TABLE "?(\w+)/gm, 'to_regclass(quote_ident(name)) IS NOT NULL'],
  [/^CREATE (?:UNIQUE )?INDEX "?(\w+)/gm, 'to_regclass(quote_ident(name)) IS NOT NULL'],
  [/^CREATE TYPE "?(\w+)/gm, 'to_regtype(quote_ident(name)) IS NOT NULL'],
  [/^CREATE FUNCTION "?(\w+)/gm, 'EXISTS (SELECT FROM pg_proc WHERE proname = name)'],
];

/**
 * Whether everything that the script creates exists. Such a script was one transaction, so it was applied
 * completely or not at all. False for a script that only replaces things, or has transactions of its own: it
 * can safely run again.
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
