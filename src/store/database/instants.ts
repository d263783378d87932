// Converts instants between the database and the program. The adapters drop a timestamp's zone in both
// directions, which is wrong in a database whose zone is not UTC. So instants come as milliseconds since
// 1970, and go as text with a zone.

import { Prisma } from '../generated/client.js';

/** An expression of type timestamptz, as milliseconds since 1970. */
export function millisecondsSql(instant: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`floor(extract(epoch FROM ${instant}) * 1000)::float8`;
}

/** A `Date` or null as a timestamptz. */
export function instantSql(instant: Date | null): Prisma.Sql {
  return Prisma.sql`${instant === null ? null : instant.toISOString()}::timestamptz`;
}

export function dateOrNull(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds);
}
