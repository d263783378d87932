// Notices and their deliveries, as they are shown.

import type { DeliveryState, NoticeKind } from '../../domain/notice.js';
import type { Page, PageQuery } from '../../domain/page.js';
import { dateOrNull, millisecondsSql } from '../database/instants.js';
import { readPage } from '../database/paging.js';
import type { Queryable } from '../database/queries.js';
import { Prisma } from '../generated/client.js';

export interface DeliveryView {
  /** Null: by mail. */
  endpointId: string | null;
  state: DeliveryState;
  attempts: number;
  /** The last attempt's HTTP status. */
  status: number | null;
  error: string;
  /** When it will be tried next; null for a delivery that has ended. */
  dueAt: Date | null;
  endedAt: Date | null;
}

export interface NoticeView {
  id: string;
  kind: NoticeKind;
  /** Null where what failed concerns no license. */
  licenseId: string | null;
  occurredAt: Date;
  details: Record<string, unknown>;
  deliveries: DeliveryView[];
}

export interface NoticeFilter extends PageQuery {
  license?: string | undefined;
  kind?: NoticeKind | undefined;
  /** The state of any of its deliveries. */
  state?: DeliveryState | undefined;
}

/** Newest first. */
export function listNotices(
  db: Queryable,
  { license, kind, state, cursor, limit }: NoticeFilter,
): Promise<Page<NoticeView>> {
  const conditions = [
    ...(license === undefined ? [] : [Prisma.sql`license_id = ${license}::uuid`]),
    ...(kind === undefined ? [] : [Prisma.sql`kind = ${kind}`]),
    ...(cursor === undefined ? [] : [Prisma.sql`id < ${cursor}::uuid`]),
    ...(state === undefined
      ? []
      : [Prisma.sql`id IN (SELECT notice_id FROM notice_delivery WHERE state = ${state})`]),
  ];
  return readPage(
    limit,
    most => readNotices(db, conditions, most),
    notice => notice.id,
    notice => notice,
  );
}

export async function readNotice(db: Queryable, id: string): Promise<NoticeView | null> {
  const [notice] = await readNotices(db, [Prisma.sql`id = ${id}::uuid`], 1);
  return notice ?? null;
}

async function readNotices(
  db: Queryable,
  conditions: Prisma.Sql[],
  limit: number,
): Promise<NoticeView[]> {
  const where = conditions.length === 0 ? Prisma.empty : Prisma.join(conditions, ' AND ', 'WHERE ');
  const rows = await db.$queryRaw<
    Array<Omit<NoticeView, 'deliveries' | 'occurredAt'> & { at: number }>
  >`SELECT id, kind, license_id AS "licenseId", details, ${millisecondsSql(Prisma.sql`created_at`)} AS at
    FROM license_notice ${where} ORDER BY id DESC LIMIT ${limit}::int`;
  const deliveries = await readDeliveries(
    db,
    rows.map(row => row.id),
  );
  return rows.map(({ at, ...rest }) => ({
    ...rest,
    occurredAt: new Date(at),
    deliveries: deliveries.get(rest.id) ?? [],
  }));
}

/** Grouped by notice, the mail first. */
async function readDeliveries(
  db: Queryable,
  noticeIds: string[],
): Promise<Map<string, DeliveryView[]>> {
  const rows = await db.$queryRaw<
    Array<
      Omit<DeliveryView, 'dueAt' | 'endedAt'> & {
        notice_id: string;
        due_at: number;
        ended_at: number | null;
      }
    >
  >`SELECT notice_id, endpoint_id AS "endpointId", state, attempts, status, error,
      ${millisecondsSql(Prisma.sql`due_at`)} AS due_at,
      ${millisecondsSql(Prisma.sql`ended_at`)} AS ended_at
    FROM notice_delivery WHERE notice_id = ANY (${noticeIds}::uuid[])
    ORDER BY endpoint_id NULLS FIRST`;
  const found = new Map<string, DeliveryView[]>();
  for (const { notice_id, due_at, ended_at, ...rest } of rows) {
    const dueAt = rest.state === 'pending' ? new Date(due_at) : null;
    const delivery = { ...rest, dueAt, endedAt: dateOrNull(ended_at) };
    found.set(notice_id, [...(found.get(notice_id) ?? []), delivery]);
  }
  return found;
}
