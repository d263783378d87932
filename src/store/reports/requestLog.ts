// Single requests, as their holder may see them: what they cost and how they ended. The contents of chats are
// not kept anywhere.

import type { HoldState } from '../../domain/hold.js';
import type { Page, PageQuery } from '../../domain/page.js';
import type { Provider } from '../../domain/provider.js';
import { dateOrNull, millisecondsSql } from '../database/instants.js';
import { readPage } from '../database/paging.js';
import { Prisma, type PrismaClient } from '../generated/client.js';

export interface RequestView {
  id: string;
  at: Date;
  endedAt: Date | null;
  model: string;
  provider: Provider;
  period: string;
  units: number;
  outcome: HoldState;
  reason: string | null;
  promptTokens: number | null;
  completionTokens: number | null;
  costMicrousd: number | null;
  /** The grant that it was drawn from; null for the month's own allowance. */
  grant: string | null;
}

export interface RequestLog {
  /** Newest first. */
  list(licenseId: string, page: PageQuery): Promise<Page<RequestView>>;
}

type RequestRow = Omit<RequestView, 'at' | 'endedAt'> & { at: number; endedAt: number | null };

export function createRequestLog(prisma: PrismaClient): RequestLog {
  return {
    async list(licenseId, { cursor, limit }) {
      const after = cursor === undefined ? Prisma.empty : Prisma.sql`AND id < ${cursor}::uuid`;
      return readPage(
        limit,
        most => prisma.$queryRaw<RequestRow[]>`
        SELECT id, ${millisecondsSql(Prisma.sql`created_at`)} AS at,
          ${millisecondsSql(Prisma.sql`ended_at`)} AS "endedAt", model, provider, period,
          units::float8 AS units, state AS outcome, reason, prompt_tokens AS "promptTokens",
          completion_tokens AS "completionTokens", cost_microusd::float8 AS "costMicrousd",
          grant_id AS "grant"
        FROM hold WHERE license_id = ${licenseId}::uuid ${after} ORDER BY id DESC LIMIT ${most}`,
        row => row.id,
        row => ({ ...row, at: new Date(row.at), endedAt: dateOrNull(row.endedAt) }),
      );
    },
  };
}
