import type { PrismaClient } from '../../src/store/generated/client.js';

/** An analysis that happens to run while rows are being written would plan for tables that stay empty. */
export async function leaveUnanalysed(prisma: PrismaClient, tables: string[]): Promise<void> {
  for (const table of tables) {
    await prisma.$executeRawUnsafe(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
  }
}

/** How many rows of each table have been read, by full scans and by index. */
export async function rowsRead(
  prisma: PrismaClient,
  tables: string[],
): Promise<Map<string, number>> {
  await prisma.$executeRaw`SELECT pg_stat_force_next_flush()`;
  const rows = await prisma.$queryRaw<Array<{ name: string; read: bigint }>>`
    SELECT relname AS name, seq_tup_read + idx_tup_fetch AS read
    FROM pg_stat_user_tables WHERE relname = ANY(${tables}::text[])`;
  return new Map(rows.map(({ name, read }) => [name, Number(read)]));
}

/** The tables of which more than `most` rows were read between two measurements. */
export function readMoreThan(
  most: number,
  before: Map<string, number>,
  after: Map<string, number>,
): string[] {
  return [...after.keys()].filter(
    table => (after.get(table) ?? 0) - (before.get(table) ?? 0) > most,
  );
}
