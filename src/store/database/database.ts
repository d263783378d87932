// The database: PostgreSQL by URL, or PGlite in this process. Both get the same migrations.

import type { PrismaClient } from '../generated/client.js';
import type { Queries } from './directQueries.js';

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
