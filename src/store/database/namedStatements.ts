// Calls the ledger's functions as named statements, which PostgreSQL parses and plans once a connection.

import { createHash } from 'node:crypto';
import type { Driver } from './directQueries.js';

export interface Statement {
  name?: string;
  text: string;
  values: unknown[];
}

/** What carries statements to PostgreSQL: `pg`'s pool, or a pipeline. */
export interface Channel {
  query(statement: Statement): Promise<{ rows: unknown[] }>;
}

/** The session does not know the name, or has it already. */
const ANOTHERS_SESSION = ['26000', '42P05'];

/** Only calls get names: nothing in them needs planning. A plain statement is planned for current tables. */
const CALL = /\bsahm_(hold_\w+|settle)\(/;

/**
 * A pooler in transaction mode may send each statement to a different session, and not every pooler carries
 * names along. PostgreSQL refuses such a statement before it runs anything, so it is sent again without a
 * name, and so are all later ones.
 */
export function namedStatements(channel: Channel): Driver {
  const names = new Map<string, string | undefined>();
  let areKept = true;
  return {
    async query(text, values) {
      if (!names.has(text)) names.set(text, CALL.test(text) ? nameOf(text) : undefined);
      const name = names.get(text);
      if (!name || !areKept) return channel.query({ text, values });
      try {
        return await channel.query({ name, text, values });
      } catch (error) {
        if (!ANOTHERS_SESSION.includes((error as { code?: string }).code ?? '')) throw error;
        areKept = false;
        return channel.query({ text, values });
      }
    },
  };
}

/** The name comes from the text: a pooler's sessions are shared with replicas that may have other texts. */
function nameOf(text: string): string {
  return `sahm_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}
