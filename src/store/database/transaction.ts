import type { Prisma, PrismaClient } from '../generated/client.js';
import { retryConflicts } from './retryConflicts.js';

export type Transaction = Prisma.TransactionClient;

/** The embedded database has one connection, for which a transaction may have to wait. */
const LIMITS = { maxWait: 10_000, timeout: 15_000 };

/**
 * Runs `act` in a transaction, again when the database gave it up for another's sake. A refusal is a
 * value and commits: `act` decides before it writes.
 */
export function inTransaction<T>(
  prisma: PrismaClient,
  act: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  return retryConflicts(() => prisma.$transaction(act, LIMITS));
}
