// Calls of the ledger's functions by name: PostgreSQL then reads and plans each call once a connection.

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

/** The session does not know the name, or knows it already. */
const ANOTHERS_SESSION = ['26000', '42P05'];

/** Of a call there is nothing to plan but itself; a plain statement is planned for the tables as they are. */
const CALL = /\bsahm_(hold_\w+|settle)\(/;

/**
 * A pooler in transaction mode may send each statement to another session, and not all carry names along.
 * PostgreSQL refuses before it runs anything: it is asked without a name then, and from there on.
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

/** By its text, because the sessions behind a pooler are shared with replicas that may say others. */
function nameOf(text: string): string {
  return `sahm_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}
