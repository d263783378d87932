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

/** Of what a caller waits for (`CONNECT_WITHIN_MS`), this leaves time for the connection itself. */
const ASK_WITHIN_MS = 1_000;
const NOT_NOW = '57P03';

export function createPrimary(
  servers: Server[],
  takesWrites: (server: Server) => Promise<boolean>,
): Primary {
  let known: Server | undefined;
  let asking: Promise<Server> | undefined;
  const connections = new Map<() => void, Server>();

  async function ask(): Promise<Server> {
    const answers = await Promise.allSettled(servers.map(takesWrites));
    const [found, ...others] = servers.filter((_, index) => {
      const answer = answers[index];
      return answer?.status === 'fulfilled' && answer.value;
    });
    if (!found) {
      const failed = answers.find(answer => answer.status === 'rejected');
      throw failed?.reason ?? answerLike(READ_ONLY, 'none of the hosts takes writes');
    }
    if (others.length > 0) {
      const names = [found, ...others].map(nameOf).join(' and ');
      throw answerLike(NOT_NOW, `${names} all take writes; stop those that were replaced`);
    }
    known = found;
    for (const [breakOff, server] of connections) if (server !== found) breakOff();
    return found;
  }

  return {
    servers,
    async find() {
      if (known) return known;
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      return asking;
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

export async function takesWrites(target: pg.ClientConfig, server: Server): Promise<boolean> {
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
    const { rows } = await client.query('SHOW transaction_read_only');
    return rows[0].transaction_read_only === 'off';
  } finally {
    // Does not wait for a server that is gone.
    void client.end().catch(() => {});
  }
}

/** Everybody treats it as if a server had said so. */
function answerLike(code: string, message: string): Error {
  return Object.assign(new pg.DatabaseError(message, 0, 'error'), { severity: 'FATAL', code });
}
