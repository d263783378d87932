// One connection for the statements of the ledger's batches. Each is sent at once, and PostgreSQL goes from
// one to the next without waiting for this process. On two connections, holds and posts of a busy license
// waited there for each other's locks, and each such wait costs two context switches.

import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { READ_ONLY } from '../../domain/databaseFault.js';
import { Client, type Target } from './client.js';
import type { Channel, Statement } from './namedStatements.js';

export interface Pipeline extends Channel {
  /** Waits for statements under way, but not for a server that is gone. */
  close(): Promise<void>;
}

interface Session {
  ready: Promise<pg.Client>;
  endsAt: number;
  underWay: number;
  /** When it last answered, or when it was asked while it owed no answer. */
  heardAt: number;
}

/** Something on the way (such as a firewall) may have dropped a connection that was idle for longer. */
const MOST_IDLE_MS = 10_000;
/** A statement that waits for a lock for longer must not keep the others waiting. */
const MOST_SILENT_MS = 1_000;
const CLOSE_WITHIN_MS = 5_000;

export interface PipelineSettings {
  livesMs: number;
  /** Called with each new connection, before anything else is sent on it. */
  begin?: (client: pg.Client) => Promise<void>;
}

/** Opened with the first statement. It is replaced when it broke, is silent, or has lived for `livesMs`. */
export function openPipeline(
  settings: Target,
  { livesMs, begin: beginSession }: PipelineSettings,
): Pipeline {
  let session: Session | undefined;
  let isClosed = false;
  const endings = new Set<Promise<void>>();

  function begin(): Session {
    const client = new Client({ ...settings, pipeline: true });
    const now = performance.now();
    const ready = client
      .connect()
      .then(() => beginSession?.(client))
      .then(() => client);
    const begun: Session = { ready, endsAt: now + livesMs, underWay: 0, heardAt: now };
    const forget = () => {
      if (session === begun) session = undefined;
      void client.end();
    };
    client.on('error', forget);
    client.on('end', forget);
    ready.catch(forget);
    return begun;
  }

  /** It answers what is under way, then ends. */
  function retire({ ready }: Session): void {
    session = undefined;
    const ending = ready
      .then(client => client.end())
      .catch(() => {})
      .finally(() => endings.delete(ending));
    endings.add(ending);
  }

  return {
    async query(statement) {
      if (isClosed) throw new Error('the pipeline is closed');
      if (session && !isUsable(session)) retire(session);
      session ??= begin();
      const asked = session;
      const client = await asked.ready;
      if (asked.underWay++ === 0) asked.heardAt = performance.now();
      try {
        return await ask(client, statement);
      } catch (error) {
        if (session === asked && isSpent(error)) retire(asked);
        throw error;
      } finally {
        asked.underWay--;
        asked.heardAt = performance.now();
      }
    },
    async close() {
      isClosed = true;
      if (session) retire(session);
      await Promise.race([Promise.all(endings), sleep(CLOSE_WITHIN_MS, undefined, { ref: false })]);
    },
  };
}

/** Not with a plain object: `pg` copies that so carefully that it costs more than sending the statement. */
function ask(client: pg.Client, { name, text, values }: Statement): Promise<pg.QueryResult> {
  return new Promise((resolve, reject) => {
    const callback = (error: Error | null, result: pg.QueryResult) =>
      error ? reject(error) : resolve(result);
    client.query(Object.assign(new pg.Query(text, values), { name, callback }));
  });
}

/** The session did not answer, so later statements would wait behind that one; or it is read-only. */
function isSpent(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || error.code === READ_ONLY;
}

function isUsable({ endsAt, underWay, heardAt }: Session): boolean {
  const now = performance.now();
  return now <= endsAt && now - heardAt <= (underWay > 0 ? MOST_SILENT_MS : MOST_IDLE_MS);
}
