// The newest failure of calls to each provider's upstream, for administrators on any replica. It is written off the way
// of the requests, once a second at most. What is lost with a process is in its log.

import type { Provider } from '../../domain/provider.js';
import { millisecondsSql } from '../database/instants.js';
import { Prisma, type PrismaClient } from '../generated/client.js';

export interface UpstreamFailed {
  model: string;
  code: string;
  /** As in the log: `status_402`, `timeout`. */
  reason: string;
  /** What the upstream said, cleaned; null where it said nothing that helps. */
  words: string | null;
}

export interface LastFailure extends UpstreamFailed {
  provider: Provider;
  at: Date;
}

export interface UpstreamFailures {
  note(provider: Provider, failed: UpstreamFailed): void;
  /** Of each provider that ever failed the newest. */
  list(): Promise<LastFailure[]>;
}

const WRITTEN_AFTER_MS = 1_000;

export function createUpstreamFailures(prisma: PrismaClient): UpstreamFailures {
  const waiting = new Map<Provider, UpstreamFailed & { notedAt: number }>();
  let timer: NodeJS.Timeout | undefined;

  async function write(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const noted = [...waiting];
    waiting.clear();
    for (const [provider, { notedAt, model, code, reason, words }] of noted) {
      await prisma.$executeRaw`
INSERT INTO upstream_failure AS kept (provider, at, model, code, reason, words)
VALUES (${provider}, sahm_now() - ${performance.now() - notedAt}::float8 * interval '1 millisecond',
  ${model}, ${code}, ${reason}, ${words})
ON CONFLICT (provider) DO UPDATE SET at = excluded.at, model = excluded.model, code = excluded.code,
  reason = excluded.reason, words = excluded.words WHERE kept.at <= excluded.at`;
    }
  }

  return {
    note(provider, failed) {
      waiting.set(provider, { ...failed, notedAt: performance.now() });
      // While the database is away the next failure is written instead.
      timer ??= setTimeout(() => void write().catch(() => {}), WRITTEN_AFTER_MS).unref();
    },
    async list() {
      await write();
      const rows = await prisma.$queryRaw<Array<Omit<LastFailure, 'at'> & { at: number }>>`
        SELECT provider, ${millisecondsSql(Prisma.sql`at`)} AS at, model, code, reason, words
        FROM upstream_failure ORDER BY provider`;
      return rows.map(row => ({ ...row, at: new Date(row.at) }));
    },
  };
}
