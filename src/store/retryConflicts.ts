import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from './directQueries.js';
import { Prisma } from './generated/client.js';

/** 40001 serialization failure, 40P01 deadlock: nothing was done, the same again will do. */
const CONFLICT_SQLSTATES = ['40001', '40P01'];
const ATTEMPTS = 4;

/** Runs `act` again, after a short random pause, when the database gave it up for another's sake. */
export async function retryConflicts<T>(act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      if (attempt === ATTEMPTS || !isConflict(error)) throw error;
      await sleep(Math.random() * 20 * attempt);
    }
  }
}

function isConflict(error: unknown): boolean {
  if (error instanceof DatabaseError) return CONFLICT_SQLSTATES.includes(error.sqlState ?? '');
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false;
  return error.code === 'P2034' || CONFLICT_SQLSTATES.some(state => error.message.includes(state));
}
