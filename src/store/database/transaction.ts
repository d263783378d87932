import type { Prisma, PrismaClient } from '../generated/client.js';
import { retryConflicts } from './retryConflicts.js';

export type Transaction = Prisma.TransactionClient;

/** The embedded database has one connection, so a transaction may have to wait for it. */
const LIMITS = { maxWait: 10_000, timeout: 15_000 };

/**
 * Runs `act` in a transaction, and again when the database aborted it in favour of another. A refusal is a
 * value and commits, so `act` must decide before it writes.
 */
export function inTransaction<T>(
  prisma: PrismaClient,
  act: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  return retryConflicts(() => prisma.$transaction(act, LIMITS));
}

/** The same, but what `act` did is only kept where its result says so: the result is given either way. */
export async function inTransactionIf<T>(
  prisma: PrismaClient,
  act: (transaction: Transaction) => Promise<T>,
  isKept: (result: T) => boolean,
): Promise<T> {
  // Only what is thrown makes the client roll back.
  let dropped: { result: T } | undefined;
  try {
    return await inTransaction(prisma, async transaction => {
      const result = await act(transaction);
      if (isKept(result)) return result;
      dropped = { result };
      throw dropped;
    });
  } catch (error) {
    if (dropped && error === dropped) return dropped.result;
    throw error;
  }
}
