// Everything that happened to one license, newest first: the changes made to it, its purchases, what
// failed, and each month's result. It answers "why is my balance N" by itself.

import { validate as isUuid } from 'uuid';
import { type Page, type PageQuery, refuseCursor } from '../../domain/page.js';
import type { Refusal } from '../../domain/refusal.js';
import { millisecondsSql } from '../database/instants.js';
import { type Place, readPage, readPlace, writePlace } from '../database/paging.js';
import { Prisma, type PrismaClient } from '../generated/client.js';

export interface TimelineEvent {
  /** `license.suspend`, `grant.give`, `month.closed`. */
  event: string;
  at: Date;
  /** Who did it; `system` for jobs and months. */
  actor: string;
  /** The state before and after, or the month's result. */
  details: Record<string, unknown>;
}

export interface Timeline {
  /** Null where the text is not a license's id. */
  read(licenseId: string, page: PageQuery): Promise<Page<TimelineEvent> | Refusal | null>;
}

type TimelineRow = Omit<TimelineEvent, 'at'> & Place & { ms: number };

/**
 * Each source returns (place, event, at, actor, details) for one license. `place` is unique, and tells events
 * of the same instant apart.
 */
const SOURCES: Array<(licenseId: string) => Prisma.Sql> = [
  licenseId => Prisma.sql`
    SELECT 'a' || lpad(id::text, 20, '0') AS place, action AS event, at, actor,
      jsonb_strip_nulls(jsonb_build_object('before', before, 'after', after)) AS details
    FROM audit_entry WHERE subject = 'license:' || ${licenseId}`,
  licenseId => Prisma.sql`
    SELECT 'm' || period || provider, 'month.closed', written_at, 'system',
      jsonb_build_object('period', period, 'provider', provider, 'plan_limit', plan_limit,
        'addon_limit', addon_limit, 'used', used, 'used_from_grants', grants_used)
    FROM period_statement WHERE license_id = ${licenseId}::uuid`,
  // A shop that states whole orders says the same again and again: what is new stands here once.
  licenseId => Prisma.sql`
    SELECT 'p' || told.id::text || '-' || told.turn, 'purchase.' || told.kind, told.recorded_at, told.shop,
      jsonb_build_object('order', told.order_id, 'line', told.line_id,
        'occurred_at', to_char(told.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'facts', told.details, 'currency', told.currency)
    FROM (SELECT DISTINCT ON (fact.shop, fact.order_id, each.line_id, each.kind, each.reference, each.details)
        fact.id, fact.shop, fact.order_id, fact.recorded_at, each.*
      FROM purchase_order bought JOIN purchase_fact fact ON fact.shop = bought.shop
        AND fact.order_id IN (bought.order_id, bought.part_of)
      CROSS JOIN LATERAL (
        SELECT 0 AS turn, fact.line_id, fact.kind, fact.reference, fact.occurred_at, fact.currency,
          fact.details WHERE fact.kind <> 'stated'
        UNION ALL
        SELECT stated.turn, stated.fact ->> 'line', stated.fact ->> 'kind', stated.fact ->> 'reference',
          (stated.fact ->> 'at')::timestamptz, stated.fact ->> 'currency', stated.fact -> 'details'
        FROM jsonb_array_elements(fact.details #> '{statement,facts}')
          WITH ORDINALITY AS stated(fact, turn)
        WHERE fact.kind = 'stated') each
      WHERE bought.license_id = ${licenseId}::uuid
      ORDER BY fact.shop, fact.order_id, each.line_id, each.kind, each.reference, each.details,
        fact.recorded_at) told`,
  licenseId => Prisma.sql`
    SELECT 'n' || id::text, CASE kind WHEN 'mail_failed' THEN 'mail.failed' ELSE 'purchase.failed' END,
      created_at, 'system', details
    FROM license_notice
    WHERE license_id = ${licenseId}::uuid AND kind IN ('mail_failed', 'purchase_failed')`,
];

export function createTimeline(prisma: PrismaClient): Timeline {
  return {
    async read(licenseId, { cursor, limit }) {
      if (!isUuid(licenseId)) return null;
      const place = readPlace(cursor, /^[0-9a-z-]{1,80}$/);
      if (place === 'bad cursor') return refuseCursor();
      const after = place
        ? Prisma.sql`WHERE (at, place) < (${place.at}, ${place.name})`
        : Prisma.empty;
      const [exists, page] = await Promise.all([
        prisma.$queryRaw<unknown[]>`SELECT 1 FROM license WHERE id = ${licenseId}::uuid`,
        readPage(
          limit,
          most => prisma.$queryRaw<TimelineRow[]>`
SELECT event, actor, details, place AS name, ${millisecondsSql(Prisma.sql`at`)} AS ms,
  (extract(epoch FROM at) * 1000000)::bigint AS us
FROM (${Prisma.join(
            SOURCES.map(source => source(licenseId)),
            ' UNION ALL ',
          )}) happened
${after} ORDER BY at DESC, place DESC LIMIT ${most}`,
          writePlace,
          ({ event, ms, actor, details }) => ({ event, at: new Date(ms), actor, details }),
        ),
      ]);
      return exists.length === 0 ? null : page;
    },
  };
}
