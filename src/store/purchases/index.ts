// Purchases: the inbox, the facts, and what licenses get from them.

import { databaseFaultOf } from '../../domain/databaseFault.js';
import type { Delivery, Reading } from '../../domain/delivery.js';
import type { Page } from '../../domain/page.js';
import { namesIn } from '../../domain/purchase.js';
import type { Refusal } from '../../domain/refusal.js';
import type { Actor } from '../admin/audit.js';
import { dateOrNull, instantSql, millisecondsSql } from '../database/instants.js';
import { inTransaction } from '../database/transaction.js';
import { Prisma } from '../generated/client.js';
import { writePurchaseFailure } from '../notices/changes.js';
import type { RecordSettings } from './applyReport.js';
import {
  type AssignTo,
  assignOrder,
  type ByHand,
  type Decision,
  openDecisions,
  settleByHand,
} from './byHand.js';
import { entitle } from './entitle.js';
import {
  dueEvents,
  type EventDetails,
  type EventFilter,
  type EventView,
  endLongWaits,
  type FailedEvent,
  listEvents,
  postponeEvent,
  pruneEvents,
  readEvent,
  understandableEvents,
} from './inbox.js';
import { bookLeftOrders } from './movements.js';
import { keepDelivery, type Recorded, type RecordOptions, recordReading } from './record.js';
import { settleWaiting } from './settling.js';

export type { EventDetails, EventView, FailedEvent, Recorded, RecordSettings };

export interface PurchaseStore {
  /** The instant by which a signature counts as stale. */
  now(): Promise<Date>;
  /** Stores the raw event, its facts and their effect, all or nothing. */
  record(delivery: Delivery, reading: Reading, options?: RecordOptions): Promise<Recorded>;
  /** Only stores it, to be read later. */
  keep(delivery: Delivery, reason: string): Promise<Recorded>;
  event(id: string): Promise<EventDetails | null>;
  list(filter: EventFilter): Promise<Page<EventView>>;
  /** What an administrator can decide of an event, with the two acts: `byHand.ts` says more. */
  openDecisions(event: EventDetails): Promise<Decision[]>;
  assign(eventId: string, to: AssignTo, by: Actor): Promise<ByHand | Refusal>;
  settle(eventId: string, note: string, by: Actor): Promise<ByHand | Refusal>;
  /** Waiting events that are due to be tried again, and those that a new catalogue can explain. */
  due(most: number): Promise<string[]>;
  /** Ends waits that were too long; returns the events that need a person now. */
  endLongWaits(most: number): Promise<FailedEvent[]>;
  /** Writes the books of orders that an earlier release recorded; returns of how many. */
  bookLeft(most: number): Promise<number>;
  /** For a waiting event that could not be tried now. */
  postpone(eventId: string): Promise<void>;
  /**
   * Recomputes the purchases of licenses where a term began or ended, or a waiting grant began to count. If a
   * license causes a fault, `report` is called with it, and the license is left alone for an hour.
   */
  refresh(most: number, report: (error: unknown) => void): Promise<number>;
  /** How far the orders of a shop have been read; of several of one kind, each has a name. */
  cursor(name: string): Promise<Date | null>;
  moveCursor(name: string, readUntil: Date): Promise<void>;
  /** Removes raw events older than this many days. */
  prune(keepDays: number, most: number): Promise<number>;
}

export function createPurchaseStore(settings: RecordSettings): PurchaseStore {
  const { prisma } = settings;
  return {
    async now() {
      const [row] = await prisma.$queryRaw<Array<{ now: number }>>`
        SELECT ${millisecondsSql(Prisma.sql`sahm_now()`)} AS now`;
      return new Date(row?.now as number);
    },
    record: (delivery, reading, options) => recordReading(settings, delivery, reading, options),
    keep: (delivery, reason) => keepDelivery(settings, delivery, reason),
    event: id => readEvent(prisma, id),
    list: filter => listEvents(prisma, filter),
    openDecisions: event => openDecisions(prisma, event),
    assign: (eventId, to, by) => assignOrder(settings, eventId, to, by),
    settle: (eventId, note, by) => settleByHand(settings, eventId, note, by),
    async due(most) {
      const names = namesIn(settings.catalog());
      // Neither kind keeps the other from its turn.
      const explained = await understandableEvents(prisma, names, Math.ceil(most / 2));
      const due = await dueEvents(prisma, most - explained.length);
      return [...new Set([...explained, ...due])];
    },
    endLongWaits: most =>
      inTransaction(prisma, async transaction => {
        const failed = await endLongWaits(transaction, most);
        for (const event of failed) await writePurchaseFailure(transaction, event.eventId, event);
        return failed;
      }),
    bookLeft: most => bookLeftOrders(prisma, most),
    postpone: eventId => postponeEvent(prisma, eventId),
    refresh: (most, report) => refreshLicenses(settings, most, report),
    async cursor(name) {
      const [row] = await prisma.$queryRaw<Array<{ until: number }>>`
        SELECT ${millisecondsSql(Prisma.sql`read_until`)} AS until FROM shop_cursor
        WHERE shop = ${name}`;
      return dateOrNull(row?.until ?? null);
    },
    async moveCursor(name, readUntil) {
      await prisma.$executeRaw`
        INSERT INTO shop_cursor (shop, read_until) VALUES (${name}, ${instantSql(readUntil)})
        ON CONFLICT (shop) DO UPDATE SET
          read_until = greatest(shop_cursor.read_until, excluded.read_until)`;
    },
    prune: (keepDays, most) => pruneEvents(prisma, keepDays, most),
  };
}

async function refreshLicenses(
  settings: RecordSettings,
  most: number,
  report: (error: unknown) => void,
): Promise<number> {
  const { prisma } = settings;
  const due = await prisma.$queryRaw<Array<{ id: string; account_id: string }>>`
    SELECT id, account_id FROM license WHERE paid_changes_at <= sahm_now()
    ORDER BY paid_changes_at LIMIT ${most}::int`;
  let refreshed = 0;
  for (const { id, account_id: accountId } of due) {
    try {
      await inTransaction(prisma, async transaction => {
        await entitle(transaction, { ...settings, catalog: settings.catalog() }, id);
        await settleWaiting(transaction, accountId);
      });
      refreshed += 1;
    } catch (error) {
      if (databaseFaultOf(error) === 'unavailable') throw error;
      report(error);
      // Otherwise it would come first in every run.
      await prisma.$executeRaw`
        UPDATE license SET paid_changes_at = sahm_now() + interval '1 hour'
        WHERE id = ${id}::uuid AND paid_changes_at <= sahm_now()`;
    }
  }
  return refreshed;
}
