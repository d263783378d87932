// A session that ended while its pages are open. They stay as they are, covered, and the calls that its end refused wait:
// they are asked again once its person has signed in.

import { useSyncExternalStore } from 'react';
import { type Asked, answerOf } from './client.js';
import { Listeners } from './listeners.js';
import { Refusal } from './refusal.js';

export class EndedSession {
  #isNow = false;
  #waiting: Array<() => void> = [];
  readonly #listeners = new Listeners();

  /** Whether the pages are to be covered. The component is drawn again when it changes. */
  readonly useIsNow = () => useSyncExternalStore(this.#listeners.listen, () => this.#isNow);

  begin(): void {
    this.#become(true);
  }

  /** Its person signed in again, or left. */
  over(): void {
    this.#become(false);
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Resolves when it is over, at once where it has not begun. */
  async wait(): Promise<void> {
    if (this.#isNow) await new Promise<void>(resolve => this.#waiting.push(resolve));
  }

  #become(isNow: boolean): void {
    if (this.#isNow === isNow) return;
    this.#isNow = isNow;
    this.#listeners.tell();
  }
}

/** Asks, and once more if nobody was signed in and `stayIn` finds that its person is now. */
export async function askSignedIn<Data>(
  stayIn: () => Promise<boolean>,
  asking: () => Asked<Data>,
): Promise<Data> {
  try {
    return await answerOf(asking());
  } catch (error) {
    const isOut = error instanceof Refusal && error.isSignedOut;
    if (!isOut || !(await stayIn())) throw error;
    return answerOf(asking());
  }
}
