import type { Database } from './database.js';

/** Loads only the driver that is needed. What it waits for is printed to stderr. @throws StartError */
export async function openDatabase({
  databaseUrl,
  databaseWaitMs,
  dataDir,
  quotaTimeZone: timeZone,
}: {
  databaseUrl?: string | undefined;
  /** How long to wait for a server that is away. */
  databaseWaitMs: number;
  /** The embedded database's folder, used where there is no URL. */
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
