// Writes the table of months, which alone says in which month an instant is (docs/decisions/0062).

import { type Calendar, monthsFrom, monthsOf, type QuotaMonth } from '../../domain/calendar.js';
import type { Queryable } from '../database/queries.js';
import { inTransaction, type Transaction } from '../database/transaction.js';
import { Prisma, type PrismaClient } from '../generated/client.js';

export interface MonthSettings {
  calendar: Calendar;
  timeZone: string;
}

export interface MonthsInForce {
  /** The month that the database is in now, and when it ends. */
  label: string;
  endsAt: Date;
  /** Those of its months that come after it. */
  next: MonthSettings;
}

/**
 * Makes the months that follow those of these settings. The month that has begun keeps its end; where it ends within
 * minutes, the next one stays too: requests may be in it before this is written. Where nothing has been counted, all
 * months are written anew.
 */
export async function writeMonths(prisma: PrismaClient, settings: MonthSettings): Promise<void> {
  // Most starts change nothing, and lock nothing.
  if (await areWritten(prisma, settings)) return;
  await inTransaction(prisma, async transaction => {
    await transaction.$executeRaw`LOCK TABLE quota_month IN SHARE ROW EXCLUSIVE MODE`;
    const { hasCounted, hasMonths } = await lookAt(transaction);
    if (!hasMonths || !hasCounted) {
      // What was counted without this table was counted in Gregorian months.
      await writeAll(transaction, hasCounted ? { ...settings, calendar: 'gregorian' } : settings);
    }
    if (!(await areWritten(transaction, settings))) await replaceFollowing(transaction, settings);
  });
}

/** The months in force; null before they were ever written. */
export async function readMonths(db: Queryable): Promise<MonthsInForce | null> {
  const [row] = await db.$queryRaw<
    Array<{ label: string; ends: number; calendar: Calendar; zone: string }>
  >`
    SELECT this.label, extract(epoch FROM this.ends_at)::float8 AS ends, next.calendar, next.zone
    FROM (SELECT label, ends_at FROM quota_month WHERE starts_at <= sahm_now()
      ORDER BY starts_at DESC LIMIT 1) this
    JOIN quota_month next ON next.starts_at >= this.ends_at
    ORDER BY next.starts_at DESC LIMIT 1`;
  if (!row) return null;
  const { label, ends, calendar, zone } = row;
  return { label, endsAt: new Date(ends * 1000), next: { calendar, timeZone: zone } };
}

/** Months that begin later than this may be replaced. */
const KEPT_UNTIL = Prisma.sql`(sahm_now() + interval '10 minutes')`;

/** Now and then the months are written anew all the same: the rules of a zone may have changed. */
const KEPT_FOR = '30 days';

/** Whether the months that have not begun are those of these settings; where nothing was counted, all of them. */
async function areWritten(db: Queryable, { calendar, timeZone }: MonthSettings): Promise<boolean> {
  const [row] = await db.$queryRaw<[{ areWritten: boolean }]>`
    SELECT count(*) > 0 AND bool_and(calendar = ${calendar} AND zone = ${timeZone})
      AND coalesce(min(written_at) FILTER (WHERE starts_at > ${KEPT_UNTIL})
        > sahm_now() - ${KEPT_FOR}::interval, false) AS "areWritten"
    FROM quota_month WHERE starts_at > ${KEPT_UNTIL} OR NOT ${HAS_COUNTED}`;
  return row.areWritten;
}

const HAS_COUNTED = Prisma.sql`(EXISTS (SELECT FROM quota_period)
  OR EXISTS (SELECT FROM license_grant WHERE period IS NOT NULL))`;

async function lookAt(db: Transaction): Promise<{ hasCounted: boolean; hasMonths: boolean }> {
  const [row] = await db.$queryRaw<[{ hasCounted: boolean; hasMonths: boolean }]>`
    SELECT EXISTS (SELECT FROM quota_month) AS "hasMonths", ${HAS_COUNTED} AS "hasCounted"`;
  return row;
}

async function writeAll(db: Transaction, { calendar, timeZone }: MonthSettings): Promise<void> {
  await db.$executeRaw`DELETE FROM quota_month`;
  await db.$executeRaw`
    INSERT INTO quota_month (label, starts_at, ends_at, calendar, zone, written_at)
    SELECT label, CASE WHEN first = min(first) OVER () THEN '-infinity' ELSE ${startSql('first', timeZone)} END,
      ${startSql('next', timeZone)}, ${calendar}, ${timeZone}, sahm_now()
    FROM ${daysSql(calendar)}`;
}

/** Replaces the months that have not begun. */
async function replaceFollowing(db: Transaction, settings: MonthSettings): Promise<void> {
  await db.$executeRaw`DELETE FROM quota_month WHERE starts_at > ${KEPT_UNTIL}`;
  const [kept] = await db.$queryRaw<[{ labels: string[]; ends: number }]>`
    SELECT array_agg(label) AS labels, extract(epoch FROM max(ends_at))::float8 AS ends
    FROM quota_month`;
  const months = await instantsOf(db, settings);
  const used = new Set(kept.labels);
  await insert(db, settings, monthsFrom(new Date(kept.ends * 1000), months, used));
}

/** The months of a calendar by their days. */
function daysSql(calendar: Calendar): Prisma.Sql {
  const days = monthsOf(calendar).map(({ label, firstDay, nextDay }) => ({
    label,
    first: firstDay,
    next: nextDay,
  }));
  return Prisma.sql`json_to_recordset(${JSON.stringify(days)}::json)
      AS month(label text, first date, next date)`;
}

/** When a day begins in a zone, as the database knows it. */
function startSql(day: 'first' | 'next', timeZone: string): Prisma.Sql {
  return Prisma.sql`(${Prisma.raw(day)}::timestamp AT TIME ZONE ${timeZone})`;
}

/** The months of a calendar that have not ended yet. */
async function instantsOf(
  db: Transaction,
  { calendar, timeZone }: MonthSettings,
): Promise<QuotaMonth[]> {
  const rows = await db.$queryRaw<Array<{ label: string; starts: number; ends: number }>>`
    SELECT label, extract(epoch FROM ${startSql('first', timeZone)})::float8 AS starts,
      extract(epoch FROM ${startSql('next', timeZone)})::float8 AS ends
    FROM ${daysSql(calendar)}
    WHERE ${startSql('next', timeZone)} > sahm_now() ORDER BY first`;
  return rows.map(({ label, starts, ends }) => ({
    label,
    startsAt: new Date(starts * 1000),
    endsAt: new Date(ends * 1000),
  }));
}

async function insert(
  db: Transaction,
  { calendar, timeZone }: MonthSettings,
  months: QuotaMonth[],
): Promise<void> {
  const rows = months.map(({ label, startsAt, endsAt }) => ({
    label,
    starts_at: startsAt.toISOString(),
    ends_at: endsAt.toISOString(),
  }));
  await db.$executeRaw`
    INSERT INTO quota_month (label, starts_at, ends_at, calendar, zone, written_at)
    SELECT label, starts_at, ends_at, ${calendar}, ${timeZone}, sahm_now()
    FROM json_to_recordset(${JSON.stringify(rows)}::json)
      AS month(label text, starts_at timestamptz, ends_at timestamptz)`;
}
