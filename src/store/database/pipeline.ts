// One connection for the statements of the ledger's batches: each is sent at once, and PostgreSQL goes from
// one to the next without waiting for this process. Holds and posts of a busy license that came on two
// connections waited for each other's locks there, and each wait costs two changes of process.

import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Channel, Statement } from './namedStatements.js';
import { READ_ONLY } from './session.js';

export interface Pipeline extends Channel {
  /** Waits for what is under way, but not for a server that is gone. */
  close(): Promise<void>;
}

interface Session {
  ready: Promise<pg.Client>;
  endsAt: number;
  underWay: number;
  /** When it last answered, or was asked after it had answered all. */
  heardAt: number;
}

/** What lies between may have forgotten a connection that was idle for longer. */
const MOST_IDLE_MS = 10_000;
/** Whoever waits for a lock for longer keeps nobody else waiting. */
const MOST_SILENT_MS = 1_000;
const CLOSE_WITHIN_MS = 5_000;

export interface PipelineSettings {
  livesMs: number;
  /** Called with each new connection, before anything else is asked. */
  begin?: (client: pg.Client) => Promise<void>;
}

/** Opened with the first statement; another takes its place when it broke, is silent, or has lived `livesMs`. */
export function openPipeline(
  settings: pg.ClientConfig,
  { livesMs, begin: beginSession }: PipelineSettings,
): Pipeline {
  let session: Session | undefined;
  let isClosed = false;
  const endings = new Set<Promise<void>>();

  function begin(): Session {
    const client = new pg.Client({ ...settings, pipeline: true });
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

  /** It answers what is under way, and ends. */
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

/** `pg` copies a statement that is given as an object so carefully that it costs more than sending it. */
function ask(client: pg.Client, { name, text, values }: Statement): Promise<pg.QueryResult> {
  return new Promise((resolve, reject) => {
    const callback = (error: Error | null, result: pg.QueryResult) =>
      error ? reject(error) : resolve(result);
    client.query(Object.assign(new pg.Query(text, values), { name, callback }));
  });
}

/** It did not answer, and what comes after would wait behind that; or it can only read. */
function isSpent(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || error.code === READ_ONLY;
}

function isUsable({ endsAt, underWay, heardAt }: Session): boolean {
  const now = performance.now();
  return now <= endsAt && now - heardAt <= (underWay > 0 ? MOST_SILENT_MS : MOST_IDLE_MS);
}
