// Single requests, as their license's holder and administrators may see them: what they cost, how they ended,
// and which bucket they were drawn from. The contents of chats are not kept anywhere.

import type { HoldState } from '../../domain/hold.js';
import type { Page } from '../../domain/page.js';
import type { Provider } from '../../domain/provider.js';
import { dateOrNull, millisecondsSql } from '../database/instants.js';
import { readPage } from '../database/paging.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import { filterSql, type RequestFilter } from './requestFilter.js';

export interface RequestView {
  /** The request's X-Request-Id. */
  id: string;
  licenseId: string;
  at: Date;
  endedAt: Date | null;
  model: string;
  /** The wire format that it came in; null where that was not kept. */
  dialect: string | null;
  provider: Provider;
  period: string;
  units: number;
  /** `microusd` if the plan sells money; null: units are requests. */
  unit: 'microusd' | null;
  outcome: HoldState;
  reason: string | null;
  promptTokens: number | null;
  completionTokens: number | null;
  costMicrousd: number | null;
  /** The grant that it was drawn from, and its product; null for the month's own allowance. */
  grant: string | null;
  product: string | null;
  /** The named key that it was made with; null for the master key. */
  namedKey: string | null;
  keyName: string | null;
  /** A digest of the user that it was made for; null where none was named. */
  user: string | null;
}

export interface RequestQuery extends RequestFilter {
  outcome?: HoldState | undefined;
}

export interface RequestLog {
  /** Newest first. */
  list(licenseId: string, query: RequestQuery): Promise<Page<RequestView>>;
  /** Null where no request of this id got as far as the ledger. */
  find(requestId: string): Promise<RequestView | null>;
}

export type RequestRow = Omit<RequestView, 'at' | 'endedAt'> & {
  at: number;
  endedAt: number | null;
};

export const REQUEST_COLUMNS = Prisma.sql`
hold.id, hold.license_id AS "licenseId", ${millisecondsSql(Prisma.sql`hold.created_at`)} AS at,
  ${millisecondsSql(Prisma.sql`hold.ended_at`)} AS "endedAt", hold.model, hold.dialect,
  hold.provider, hold.period,
  hold.units::float8 AS units, hold.unit, hold.state AS outcome, hold.reason,
  hold.prompt_tokens AS "promptTokens", hold.completion_tokens AS "completionTokens",
  hold.cost_microusd::float8 AS "costMicrousd", hold.grant_id AS "grant",
  hold.named_key_id AS "namedKey",
  (SELECT name FROM named_key WHERE named_key.id = hold.named_key_id) AS "keyName", hold.user_digest AS "user",
  (SELECT product_id FROM license_grant WHERE license_grant.id = hold.grant_id) AS product`;

export function createRequestLog(prisma: PrismaClient, timeZone: string): RequestLog {
  return {
    async list(licenseId, query) {
      const { outcome, limit } = query;
      const conditions = [
        ...(outcome === undefined ? [] : [Prisma.sql`state = ${outcome}`]),
        ...filterSql(licenseId, query, Prisma.sql`created_at`, timeZone),
      ];
      return readPage(
        limit,
        most => prisma.$queryRaw<RequestRow[]>`
        SELECT ${REQUEST_COLUMNS} FROM hold WHERE ${Prisma.join(conditions, ' AND ')}
        ORDER BY id DESC LIMIT ${most}`,
        row => row.id,
        viewOf,
      );
    },
    async find(requestId) {
      const [row] = await prisma.$queryRaw<RequestRow[]>`
        SELECT ${REQUEST_COLUMNS} FROM hold WHERE id = ${requestId}::uuid`;
      return row ? viewOf(row) : null;
    },
  };
}

export function viewOf(row: RequestRow): RequestView {
  return { ...row, at: new Date(row.at), endedAt: dateOrNull(row.endedAt) };
}
