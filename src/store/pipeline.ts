// One connection for the statements of the ledger's batches: each is sent at once, and PostgreSQL goes from
// one to the next without waiting for this process. Holds and posts of a busy license that came on two
// connections waited for each other's locks there, and each wait costs two changes of process.

import pg from 'pg';
import type { Connection } from './namedStatements.js';

export interface Pipeline extends Connection {
  /** Waits for what is under way. */
  close(): Promise<void>;
}

interface Session {
  ready: Promise<pg.Client>;
  endsAt: number;
}

/** Opened with the first statement; replaced when it broke, or has lived for `livesMs`. */
export function openPipeline(settings: pg.ClientConfig, livesMs: number): Pipeline {
  let session: Session | undefined;

  function begin(): Session {
    const client = new pg.Client({ ...settings, pipeline: true });
    const begun: Session = {
      ready: client.connect().then(() => client),
      endsAt: performance.now() + livesMs,
    };
    const forget = () => {
      if (session === begun) session = undefined;
    };
    client.on('error', forget);
    client.on('end', forget);
    begun.ready.catch(forget);
    return begun;
  }

  async function end(ended: Session | undefined): Promise<void> {
    const client = await ended?.ready.catch(() => undefined);
    await client?.end();
  }

  return {
    async query(statement) {
      if (session && performance.now() > session.endsAt) {
        void end(session);
        session = undefined;
      }
      session ??= begin();
      const client = await session.ready;
      return client.query(statement);
    },
    close: () => end(session),
  };
}
