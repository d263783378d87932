// The database: PostgreSQL by URL, or PGlite in this process. Both get the same migrations.

import type { Queries } from './directQueries.js';
import type { PrismaClient } from './generated/client.js';

export interface Database {
  kind: 'postgres' | 'embedded';
  prisma: PrismaClient;
  /** For the ledger. */
  direct: Queries;
  /** For its batches, which are sent one behind the other. */
  pipelined: Queries;
  /** Runs what reads the whole database: on a connection of its own, without the usual time limit. */
  patiently<T>(act: (prisma: PrismaClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Only the driver that is needed is loaded. What it waits for goes to stderr. Throws StartError. */
export async function openDatabase({
  databaseUrl,
  databaseWaitMs,
  dataDir,
  quotaTimeZone: timeZone,
}: {
  databaseUrl?: string | undefined;
  /** How long a server that is away is waited for. */
  databaseWaitMs: number;
  /** Of the embedded database, where there is no URL. */
  dataDir: string;
  quotaTimeZone: string;
}): Promise<Database> {
  if (databaseUrl === undefined) {
    return (await import('./embedded.js')).openEmbedded(dataDir, timeZone);
  }
  const { openPostgres } = await import('./postgres.js');
  const tell = (text: string) => console.error(text);
  return openPostgres(databaseUrl, { timeZone, waitMs: databaseWaitMs, tell });
}
