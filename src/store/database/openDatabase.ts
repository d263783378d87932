import type { Database } from './database.js';

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
