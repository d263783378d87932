// Purchases: the inbox, the facts, and what they come to.

import type { Delivery, Reading } from '../../domain/delivery.js';
import type { Shop } from '../../domain/purchase.js';
import { Prisma } from '../generated/client.js';
import { dateOrNull, instantSql, millisecondsSql } from '../instants.js';
import { inTransaction } from '../transaction.js';
import { entitle } from './entitle.js';
import {
  dueEvents,
  type EventDetails,
  type EventFilter,
  type EventView,
  listEvents,
  pruneEvents,
  readEvent,
} from './inbox.js';
import {
  keepDelivery,
  type Recorded,
  type RecordOptions,
  type RecordSettings,
  recordDelivery,
  settleWaiting,
} from './record.js';

export type { EventDetails, EventView, Recorded, RecordSettings };

export interface PurchaseStore {
  /** The instant that decides whether a signature is stale. */
  now(): Promise<Date>;
  /** The raw event, its facts and their effect, all or nothing. */
  record(delivery: Delivery, reading: Reading, options?: RecordOptions): Promise<Recorded>;
  /** Only keeps it, to be read later. */
  keep(delivery: Delivery, reason: string): Promise<Recorded>;
  event(id: string): Promise<EventDetails | null>;
  list(filter: EventFilter): Promise<{ events: EventView[]; nextCursor: string | null }>;
  /** Waiting events that are to be tried again now. */
  due(most: number): Promise<string[]>;
  /** Counts the purchases of licenses anew where a term began or ended, or a waiting grant came to count. */
  refresh(most: number): Promise<number>;
  /** How far a shop's orders were read. */
  cursor(shop: Shop): Promise<Date | null>;
  moveCursor(shop: Shop, readUntil: Date): Promise<void>;
  /** Removes raw events after so many days. */
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
    record: (delivery, reading, options) => recordDelivery(settings, delivery, reading, options),
    keep: (delivery, reason) => keepDelivery(settings, delivery, reason),
    event: id => readEvent(prisma, id),
    list: filter => listEvents(prisma, filter),
    due: most => dueEvents(prisma, most),
    refresh: most => refreshLicenses(settings, most),
    async cursor(shop) {
      const [row] = await prisma.$queryRaw<Array<{ until: number }>>`
        SELECT ${millisecondsSql(Prisma.sql`read_until`)} AS until FROM shop_cursor
        WHERE shop = ${shop}`;
      return dateOrNull(row?.until ?? null);
    },
    async moveCursor(shop, readUntil) {
      await prisma.$executeRaw`
        INSERT INTO shop_cursor (shop, read_until) VALUES (${shop}, ${instantSql(readUntil)})
        ON CONFLICT (shop) DO UPDATE SET
          read_until = greatest(shop_cursor.read_until, excluded.read_until)`;
    },
    prune: (keepDays, most) => pruneEvents(prisma, keepDays, most),
  };
}

async function refreshLicenses(settings: RecordSettings, most: number): Promise<number> {
  const { prisma } = settings;
  const due = await prisma.$queryRaw<Array<{ id: string; account_id: string }>>`
    SELECT id, account_id FROM license WHERE paid_changes_at <= sahm_now()
    ORDER BY paid_changes_at LIMIT ${most}::int`;
  for (const { id, account_id: accountId } of due) {
    await inTransaction(prisma, async transaction => {
      await entitle(transaction, { ...settings, catalog: settings.catalog() }, id);
      await settleWaiting(transaction, accountId);
    });
  }
  return due.length;
}
