// Which of several servers takes writes. It is asked of all of them when there is no connection to it yet, and
// after one failed; in between it is remembered.

import pg from 'pg';
import { READ_ONLY } from '../../domain/databaseFault.js';

export interface Server {
  host: string;
  port: number;
}

export interface Primary {
  servers: Server[];
  /** @throws where none takes writes; or several do, of which one was replaced and must be stopped */
  find(): Promise<Server>;
  /** Something failed there: the next `find` asks again. */
  doubt(server: Server): void;
  /** `breakOff` is called when another server takes writes, unless what is returned was called before. */
  connect(server: Server, breakOff: () => void): () => void;
}

/** What was found is asked again after this long, in the background: another server may have been promoted unseen. */
const FRESH_FOR_MS = 30_000;
/** Of what a caller waits for (`CONNECT_WITHIN_MS`), this leaves time for the connection itself. */
const ASK_WITHIN_MS = 1_000;
const NOT_NOW = '57P03';

/** `writerAt`: which server takes writes there; null where none does. Several names may lead to one server. */
export function createPrimary(
  servers: Server[],
  writerAt: (server: Server) => Promise<string | null>,
): Primary {
  let known: Server | undefined;
  let askedAt = 0;
  let asking: Promise<Server> | undefined;
  const connections = new Map<() => void, Server>();

  async function ask(): Promise<Server> {
    askedAt = performance.now();
    const answers = await Promise.allSettled(servers.map(writerAt));
    const writers = new Map<string, Server>();
    for (const [index, answer] of answers.entries()) {
      const writer = answer.status === 'fulfilled' ? answer.value : null;
      if (writer !== null && !writers.has(writer)) writers.set(writer, servers[index] as Server);
    }
    const [found, ...others] = writers.values();
    if (!found) {
      const failed = answers.find(answer => answer.status === 'rejected');
      throw failed?.reason ?? answerLike(READ_ONLY, 'none of the hosts takes writes');
    }
    if (others.length > 0) {
      known = undefined;
      const names = [found, ...others].map(nameOf).join(' and ');
      throw answerLike(NOT_NOW, `${names} all take writes; stop those that were replaced`);
    }
    known = found;
    for (const [breakOff, server] of connections) if (server !== found) breakOff();
    return found;
  }

  /** All who want it at the same time share one asking. */
  function askOnce(): Promise<Server> {
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  }

  return {
    servers,
    async find() {
      if (!known) return askOnce();
      if (performance.now() - askedAt > FRESH_FOR_MS) askOnce().catch(() => {});
      return known;
    },
    doubt(server) {
      if (known === server) known = undefined;
    },
    connect(server, breakOff) {
      connections.set(breakOff, server);
      return () => connections.delete(breakOff);
    },
  };
}

export function nameOf({ host, port }: Server): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Which server takes writes there: the instant at which it started, to the microsecond. */
export async function writerAt(target: pg.ClientConfig, server: Server): Promise<string | null> {
  const client = new pg.Client({
    ...target,
    ...server,
    connectionTimeoutMillis: ASK_WITHIN_MS,
    query_timeout: ASK_WITHIN_MS,
  });
  // If the connection breaks, the query fails.
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query(
      "SELECT pg_postmaster_start_time()::text AS started, current_setting('transaction_read_only') AS read_only",
    );
    return rows[0].read_only === 'off' ? rows[0].started : null;
  } finally {
    // Does not wait for a server that is gone.
    void client.end().catch(() => {});
  }
}

/** Everybody treats it as if a server had said so. */
function answerLike(code: string, message: string): Error {
  return Object.assign(new pg.DatabaseError(message, 0, 'error'), { severity: 'FATAL', code });
}
