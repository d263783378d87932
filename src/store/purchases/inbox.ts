// The inbox: every delivery as it arrived, and its outcome.

import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import type { Delivery, Outcome, Reading } from '../../domain/delivery.js';
import type { Page, PageQuery } from '../../domain/page.js';
import type { Seller } from '../../domain/shop.js';
import { cleanText } from '../../domain/wellFormed.js';
import { inBatches } from '../database/batches.js';
import { millisecondsSql } from '../database/instants.js';
import { readPage } from '../database/paging.js';
import type { Queryable } from '../database/queries.js';
import { Prisma } from '../generated/client.js';

/**
 * Begins the reason of an event that waits to be read again. Other waiting events wait for something of ours.
 */
export const UNREAD = 'unread: ';

export interface EventResult {
  outcome: Outcome;
  reason: string;
  orderId: string | null;
}

export async function insertEvent(
  db: Queryable,
  id: string,
  delivery: Delivery,
  { topic, deliveryId }: Pick<Reading, 'topic' | 'deliveryId'>,
  { outcome, reason, orderId }: EventResult,
): Promise<void> {
  await db.$executeRaw`
    INSERT INTO purchase_event (id, shop, topic, delivery_id, order_id, body, headers, outcome, reason,
      retry_at, settled_at)
    VALUES (${id}::uuid, ${delivery.shop}, ${cleanText(topic, 100)}, ${cleanText(deliveryId, 200)}, ${orderId},
      ${new Uint8Array(delivery.body)}, ${JSON.stringify(delivery.headers)}::jsonb, ${outcome}, ${cleanText(reason, 500)},
      ${retryAt(outcome, 0)}, ${settledAt(outcome)})`;
}

/** Tries again after 1, 2, 4 ... minutes, at most after 6 hours. */
function retryAt(outcome: Outcome, attempts: number): Prisma.Sql {
  return outcome === 'waiting'
    ? Prisma.sql`sahm_now() + least(360, 2 ^ least(${attempts}::int, 10)) * interval '1 minute'`
    : Prisma.sql`NULL`;
}

function settledAt(outcome: Outcome): Prisma.Sql {
  return outcome === 'waiting' ? Prisma.sql`NULL` : Prisma.sql`sahm_now()`;
}

/** Updates an event after a replay. An applied event stays applied if the replay changed nothing. */
export async function updateEvent(
  db: Queryable,
  id: string,
  { topic, deliveryId }: Pick<Reading, 'topic' | 'deliveryId'>,
  { outcome, reason, orderId }: EventResult,
): Promise<void> {
  const kept = outcome === 'duplicate' ? 'applied' : outcome;
  await db.$executeRaw`
    UPDATE purchase_event SET outcome = ${kept}, reason = ${cleanText(reason, 500)},
      order_id = coalesce(${orderId}, order_id),
      topic = ${cleanText(topic, 100)}, delivery_id = ${cleanText(deliveryId, 200)}, attempts = attempts + 1,
      retry_at = CASE WHEN ${kept} = 'waiting' THEN
        sahm_now() + least(360, 2 ^ least(attempts + 1, 10)) * interval '1 minute' END,
      settled_at = ${settledAt(kept)}
    WHERE id = ${id}::uuid`;
}

export interface EventView {
  id: string;
  shop: Seller;
  topic: string;
  deliveryId: string;
  orderId: string | null;
  outcome: Outcome;
  reason: string;
  attempts: number;
  receivedAt: Date;
  settledAt: Date | null;
}

export interface EventDetails extends EventView {
  delivery: Delivery;
}

interface EventRow {
  id: string;
  shop: Seller;
  topic: string;
  delivery_id: string;
  order_id: string | null;
  outcome: Outcome;
  reason: string;
  attempts: number;
  received_at: number;
  settled_at: number | null;
  body: Uint8Array;
  headers: Record<string, string>;
}

const COLUMNS = Prisma.sql`id, shop, topic, delivery_id, order_id, outcome, reason, attempts,
  ${millisecondsSql(Prisma.sql`received_at`)} AS received_at,
  ${millisecondsSql(Prisma.sql`settled_at`)} AS settled_at`;

function viewOf(row: Omit<EventRow, 'body' | 'headers'>): EventView {
  return {
    id: row.id,
    shop: row.shop,
    topic: row.topic,
    deliveryId: row.delivery_id,
    orderId: row.order_id,
    outcome: row.outcome,
    reason: row.reason,
    attempts: row.attempts,
    receivedAt: new Date(row.received_at),
    settledAt: row.settled_at === null ? null : new Date(row.settled_at),
  };
}

export async function readEvent(db: Queryable, id: string): Promise<EventDetails | null> {
  if (!isUuid(id)) return null;
  const [row] = await db.$queryRaw<EventRow[]>`
    SELECT ${COLUMNS}, body, headers FROM purchase_event WHERE id = ${id}::uuid`;
  if (!row) return null;
  const { shop, body, headers } = row;
  return { ...viewOf(row), delivery: { shop, body: Buffer.from(body), headers } };
}

export interface EventFilter extends PageQuery {
  outcome?: Outcome | undefined;
  shop?: Seller | undefined;
}

/** Newest first. */
export function listEvents(
  db: Queryable,
  { outcome, shop, cursor, limit }: EventFilter,
): Promise<Page<EventView>> {
  return readPage(
    limit,
    most => db.$queryRaw<EventRow[]>`
    SELECT ${COLUMNS} FROM purchase_event
    WHERE (${outcome ?? null}::text IS NULL OR outcome = ${outcome ?? null})
      AND (${shop ?? null}::text IS NULL OR shop = ${shop ?? null})
      AND (${cursor ?? null}::uuid IS NULL OR id < ${cursor ?? null}::uuid)
    ORDER BY id DESC LIMIT ${most}::int`,
    row => row.id,
    viewOf,
  );
}

/** The ids of waiting events that are due to be tried again, oldest first. */
export async function dueEvents(db: Queryable, most: number): Promise<string[]> {
  const rows = await db.$queryRaw<Array<{ id: string }>>`
    SELECT id FROM purchase_event WHERE outcome = 'waiting' AND retry_at <= sahm_now()
    ORDER BY retry_at LIMIT ${most}::int`;
  return rows.map(row => row.id);
}

/** For an event that could not be tried: the events behind it get their turn first. */
export async function postponeEvent(db: Queryable, id: string): Promise<void> {
  await db.$executeRaw`
    UPDATE purchase_event SET attempts = attempts + 1,
      retry_at = sahm_now() + least(360, 2 ^ least(attempts + 1, 10)) * interval '1 minute'
    WHERE id = ${id}::uuid AND outcome = 'waiting'`;
}

/** Removes raw events older than this many days. What they said stays as facts. */
export function pruneEvents(db: Queryable, keepDays: number, most: number): Promise<number> {
  return inBatches(
    most,
    limit => db.$executeRaw`
      DELETE FROM purchase_event WHERE id IN (
        SELECT id FROM purchase_event
        WHERE received_at < sahm_now() - ${keepDays}::int * interval '1 day'
          AND outcome <> 'waiting'
        ORDER BY received_at LIMIT ${limit}::int)`,
  );
}

export function newEventId(): string {
  return uuidv7();
}
