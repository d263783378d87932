// The inbox: every delivery as it arrived, and its outcome.

import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import { type Delivery, FAULT_OF_OURS, type Outcome, type Reading } from '../../domain/delivery.js';
import type { Page, PageQuery } from '../../domain/page.js';
import { maskSecrets } from '../../domain/secretForms.js';
import { SELLERS, type Seller } from '../../domain/shop.js';
import { cleanText } from '../../domain/wellFormed.js';
import { inBatches } from '../database/batches.js';
import { dateOrNull, millisecondsSql } from '../database/instants.js';
import { readPage } from '../database/paging.js';
import type { Queryable } from '../database/queries.js';
import { Prisma } from '../generated/client.js';

/**
 * Begins the reason of an event that waits to be read again. Other waiting events wait for something of ours.
 */
export const UNREAD = 'unread: ';

/** An event that waits longer than this needs a person. */
export const MOST_WAITING_DAYS = 7;

/** The reason of a refund or dispute that came before its order. It needs nobody, if the order never comes. */
export const UNKNOWN_ORDER = 'the order itself is not known yet';

/** Whether an `event` is settled with its order, and is not settled yet. */
export const HEALS = Prisma.sql`event.outcome IN ('waiting', 'failed')
  AND (event.waits_until IS NOT NULL OR event.outcome = 'waiting')
  AND NOT starts_with(event.reason, ${UNREAD})`;

export interface EventResult {
  outcome: Outcome;
  reason: string;
  orderId: string | null;
  /** It is settled by itself as soon as its order has all that it needs. */
  isOfOrder?: boolean;
  /** It told something that was not stored before, whether or not it changed anything. */
  hasNewFacts?: boolean;
  /** The shop's names of what the order has that the catalogue does not know. */
  unknownProducts?: string[];
}

export async function insertEvent(
  db: Queryable,
  id: string,
  delivery: Delivery,
  { topic, deliveryId }: Pick<Reading, 'topic' | 'deliveryId'>,
  result: EventResult,
): Promise<void> {
  const { outcome, reason, orderId } = result;
  await db.$executeRaw`
    INSERT INTO purchase_event (id, shop, topic, delivery_id, order_id, body, headers, outcome, reason,
      retry_at, settled_at, waits_until, unknown_products)
    VALUES (${id}::uuid, ${delivery.shop}, ${cleanText(topic, 100)}, ${cleanText(deliveryId, 200)}, ${orderId},
      ${new Uint8Array(delivery.body)}, ${JSON.stringify(delivery.headers)}::jsonb, ${outcome},
      ${readable(reason)}, ${outcome === 'waiting' ? nextTry(Prisma.sql`0`) : Prisma.sql`NULL`}, ${settledAt(outcome)},
      ${waitsUntil(result, Prisma.sql`sahm_now()`)}, ${unknownOf(result)}::text[])`;
}

/** Reasons are shown: what a shop wrote may be a key. */
export function readable(reason: string): string {
  return cleanText(maskSecrets(reason), 500);
}

function unknownOf({ unknownProducts = [] }: EventResult): string[] {
  return unknownProducts.slice(0, 100).map(name => cleanText(name, 300));
}

/** After 1, 2, 4 ... minutes, at most after 6 hours. */
function nextTry(attempts: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`sahm_now() + least(360, 2 ^ least(${attempts}, 10)) * interval '1 minute'`;
}

function settledAt(outcome: Outcome): Prisma.Sql {
  return outcome === 'waiting' ? Prisma.sql`NULL` : Prisma.sql`sahm_now()`;
}

/** Null for what does not heal with its order. */
function waitsUntil({ outcome, isOfOrder }: EventResult, receivedAt: Prisma.Sql): Prisma.Sql {
  if (outcome === 'waiting') {
    return Prisma.sql`${receivedAt} + ${MOST_WAITING_DAYS}::int * interval '1 day'`;
  }
  return isOfOrder ? receivedAt : Prisma.sql`NULL`;
}

/** Updates an event after a replay. An applied event stays applied if the replay changed nothing. */
export async function updateEvent(
  db: Queryable,
  id: string,
  { topic, deliveryId }: Pick<Reading, 'topic' | 'deliveryId'>,
  result: EventResult,
): Promise<void> {
  const outcome = result.outcome === 'duplicate' ? 'applied' : result.outcome;
  await db.$executeRaw`
    UPDATE purchase_event SET outcome = ${outcome}, reason = ${readable(result.reason)},
      order_id = coalesce(${result.orderId}, order_id),
      topic = ${cleanText(topic, 100)}, delivery_id = ${cleanText(deliveryId, 200)}, attempts = attempts + 1,
      retry_at = CASE WHEN ${outcome} = 'waiting' THEN ${nextTry(Prisma.sql`attempts + 1`)} END,
      settled_at = ${settledAt(outcome)},
      waits_until = ${waitsUntil({ ...result, outcome }, Prisma.sql`received_at`)},
      unknown_products = ${unknownOf(result)}::text[]
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
  /** Set for an event that waits: when it will need a person. */
  waitsUntil: Date | null;
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
  waits_until: number | null;
  body: Uint8Array;
  headers: Record<string, string>;
}

const COLUMNS = Prisma.sql`id, shop, topic, delivery_id, order_id, outcome, reason, attempts,
  ${millisecondsSql(Prisma.sql`received_at`)} AS received_at,
  ${millisecondsSql(Prisma.sql`settled_at`)} AS settled_at,
  CASE WHEN outcome = 'waiting' THEN ${millisecondsSql(Prisma.sql`waits_until`)} END AS waits_until`;

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
    settledAt: dateOrNull(row.settled_at),
    waitsUntil: dateOrNull(row.waits_until),
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
  order?: string | undefined;
  /** The buyer's address. */
  email?: string | undefined;
  /** The id of a product of the catalogue, or the shop's name of one that is not in it. */
  product?: string | undefined;
  /** A part of the reason. */
  reason?: string | undefined;
}

/** Newest first. */
export function listEvents(
  db: Queryable,
  { cursor, limit, ...filter }: EventFilter,
): Promise<Page<EventView>> {
  return readPage(
    limit,
    most => db.$queryRaw<EventRow[]>`
    SELECT ${COLUMNS} FROM purchase_event event
    WHERE ${Prisma.join([Prisma.sql`true`, ...conditionsOf(filter)], ' AND ')}
      AND (${cursor ?? null}::uuid IS NULL OR id < ${cursor ?? null}::uuid)
    ORDER BY id DESC LIMIT ${most}::int`,
    row => row.id,
    viewOf,
  );
}

function conditionsOf({
  outcome,
  shop,
  order,
  email,
  product,
  reason,
}: Omit<EventFilter, keyof PageQuery>) {
  const ofOrder = Prisma.sql`shop = event.shop AND order_id = event.order_id`;
  return [
    outcome && Prisma.sql`outcome = ${outcome}`,
    shop && Prisma.sql`shop = ${shop}`,
    order && Prisma.sql`shop = ANY (${[...SELLERS]}) AND order_id = ${order}`,
    email &&
      Prisma.sql`EXISTS (SELECT FROM purchase_order JOIN account ON account.id = account_id
        WHERE ${ofOrder} AND account.email = lower(${email}))`,
    product &&
      Prisma.sql`(${product} = ANY (unknown_products) OR EXISTS (SELECT FROM purchase_line
        WHERE ${ofOrder} AND product_id = ${product}))`,
    reason && Prisma.sql`strpos(lower(reason), lower(${reason})) > 0`,
  ].filter(condition => condition !== undefined && condition !== '');
}

/** The ids of waiting events that are due to be tried again, oldest first. */
export async function dueEvents(db: Queryable, most: number): Promise<string[]> {
  const rows = await db.$queryRaw<Array<{ id: string }>>`
    (SELECT id FROM purchase_event WHERE outcome = 'waiting' AND retry_at <= sahm_now()
    ORDER BY retry_at LIMIT ${most}::int)
    UNION ALL
    -- A replica of the release before cannot read all that this one writes.
    (SELECT id FROM purchase_event WHERE outcome = 'failed' AND reason = ${FAULT_OF_OURS}
      AND attempts = 0 AND received_at > sahm_now() - interval '1 day'
    ORDER BY id LIMIT 20)`;
  return rows.map(row => row.id);
}

/** Events of which the catalogue knows something now that it did not know when they were read. */
export async function understandableEvents(
  db: Queryable,
  names: string[],
  most: number,
): Promise<string[]> {
  const rows = await db.$queryRaw<Array<{ id: string }>>`
    SELECT id FROM purchase_event WHERE unknown_products <> '{}' AND unknown_products && ${names}::text[]
    ORDER BY id LIMIT ${most}::int`;
  return rows.map(row => row.id);
}

/** What has waited too long needs a person; returns those events. */
export async function endLongWaits(db: Queryable, most: number): Promise<FailedEvent[]> {
  const ended = await db.$queryRaw<Array<FailedEvent & { outcome: Outcome }>>`
    UPDATE purchase_event SET retry_at = NULL, settled_at = sahm_now(),
      outcome = CASE WHEN reason = ${UNKNOWN_ORDER} AND topic NOT LIKE '%dispute%' THEN 'ignored'
        ELSE 'failed' END,
      reason = left(reason, 400) || ': it has waited for ' || ${MOST_WAITING_DAYS}::int || ' days'
    WHERE id = ANY (ARRAY(SELECT id FROM purchase_event
      WHERE outcome = 'waiting' AND waits_until <= sahm_now()
      ORDER BY waits_until LIMIT ${most}::int FOR UPDATE SKIP LOCKED))
    RETURNING id::text AS "eventId", shop, order_id AS "orderId", reason, outcome`;
  return ended.filter(({ outcome }) => outcome === 'failed');
}

export interface FailedEvent {
  eventId: string;
  shop: Seller;
  orderId: string | null;
  reason: string;
}

/** For an event that could not be tried: the events behind it get their turn first. */
export async function postponeEvent(db: Queryable, id: string): Promise<void> {
  await db.$executeRaw`
    UPDATE purchase_event SET attempts = attempts + 1,
      retry_at = CASE WHEN outcome = 'waiting' THEN ${nextTry(Prisma.sql`attempts + 1`)} END
    WHERE id = ${id}::uuid`;
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
