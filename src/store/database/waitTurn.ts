// A start waits for what another session holds locked, such as another replica that starts too. Requests do not: they
// give up after a moment (session.ts).

import { setTimeout as sleep } from 'node:timers/promises';
import { isHeldUp } from '../../domain/databaseFault.js';

export interface Patience {
  /** How long to wait at most. */
  waitMs: number;
  /** Is told once that it waits. */
  tell(text: string): void;
}

const PAUSE_MS = 200;

/** Runs `act` again as long as it meets somebody's lock. What met a lock was not done. */
export async function waitTurn<T>(act: () => Promise<T>, { waitMs, tell }: Patience): Promise<T> {
  const giveUpAt = performance.now() + waitMs;
  for (let isTold = false; ; isTold = true) {
    try {
      return await act();
    } catch (error) {
      if (!isHeldUp(error) || performance.now() > giveUpAt) throw error;
    }
    if (!isTold) {
      const seconds = Math.ceil(waitMs / 1000);
      tell(`the start waits for a lock of another session of the database, ${seconds} s at most`);
    }
    await sleep(PAUSE_MS);
  }
}
