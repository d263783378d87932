// The ledger's statements by name: PostgreSQL then reads and plans each once a connection.

import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import type { Driver } from './directQueries.js';

/** The session does not know the name, or knows it already. */
const ANOTHERS_SESSION = ['26000', '42P05'];

/**
 * A pooler in transaction mode may send each statement to another session, and not all carry names along.
 * PostgreSQL refuses before it runs anything: it is asked without a name then, and from there on.
 */
export function namedStatements(pool: Pool): Driver {
  // Of the text, because the sessions behind a pooler are shared with replicas that may say others.
  const names = new Map<string, string>();
  let areKept = true;
  const nameOf = (text: string): string => {
    const name =
      names.get(text) ?? `sahm_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
    names.set(text, name);
    return name;
  };
  return {
    async query(text, values) {
      if (!areKept) return pool.query(text, values);
      try {
        return await pool.query({ name: nameOf(text), text, values });
      } catch (error) {
        if (!ANOTHERS_SESSION.includes((error as { code?: string }).code ?? '')) throw error;
        areKept = false;
        return pool.query(text, values);
      }
    },
  };
}
