// The database: PostgreSQL by URL, or PGlite in this process. Both get the same migrations.

import type { PrismaClient } from '../generated/client.js';
import type { Queries } from './directQueries.js';

export interface Database {
  kind: 'postgres' | 'embedded';
  prisma: PrismaClient;
  /** For the ledger. */
  direct: Queries;
  /** For the ledger's batches, which are pipelined on one connection. */
  pipelined: Queries;
  /** For acts that read the whole database: on a connection of its own, without the usual time limit. */
  patiently<T>(act: (prisma: PrismaClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
