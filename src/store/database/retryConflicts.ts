import { setTimeout as sleep } from 'node:timers/promises';
import { databaseFaultOf } from '../../domain/databaseFault.js';

const ATTEMPTS = 4;

/** Runs `act` again, after a short random pause, when the database aborted it in favour of another. */
export async function retryConflicts<T>(act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      if (attempt === ATTEMPTS || databaseFaultOf(error) !== 'conflict') throw error;
      await sleep(Math.random() * 20 * attempt);
    }
  }
}
