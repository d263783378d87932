import type { End } from '../../domain/end.js';
import { cutInstant } from '../../domain/instant.js';
import { Prisma } from '../generated/client.js';
import { millisecondsSql } from './instants.js';
import type { Queryable } from './queries.js';

/** The instant of an end: of a day, when the next one begins in the zone. What is no end stays as it is. */
export async function readEnd<Absent extends null | undefined>(
  db: Queryable,
  end: End | Absent,
  timeZone: string,
): Promise<Date | Absent> {
  if (end === null || end === undefined || end instanceof Date) return end as Date | Absent;
  const [row] = await db.$queryRaw<[{ at: number }]>`SELECT ${millisecondsSql(
    Prisma.sql`((${end.lastDay}::text::date + 1)::timestamp AT TIME ZONE ${timeZone})`,
  )} AS at`;
  return new Date(cutInstant(row.at));
}
