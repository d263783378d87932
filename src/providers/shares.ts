// Limits how many connections one license uses at once, so that some are left for the others. A license at its
// limit waits until one of its own calls ends.

import { type Cancellation, CancelledError } from '../domain/cancellation.js';

export interface Shares {
  /**
   * True at once if there is room. Otherwise it waits for at most `withinMs`, and false means that no room came.
   * Rejects on cancellation. What was taken must be given back.
   */
  take(license: string, withinMs: number, cancellation: Cancellation): true | Promise<boolean>;
  giveBack(license: string): void;
}

interface Share {
  taken: number;
  /** Callbacks of those who wait. Each gets the place that another call gives back. */
  waiting: Array<() => void>;
}

export function createShares(most: number): Shares {
  const shares = new Map<string, Share>();

  function wait(share: Share, withinMs: number, cancellation: Cancellation): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        cancellation.removeListener(cancel);
        const place = share.waiting.indexOf(receive);
        if (place >= 0) share.waiting.splice(place, 1);
      };
      const receive = () => {
        stop();
        resolve(true);
      };
      const cancel = () => {
        stop();
        reject(new CancelledError('nobody waits for this'));
      };
      const timer = setTimeout(() => {
        stop();
        resolve(false);
      }, withinMs).unref();
      cancellation.addListener(cancel);
      share.waiting.push(receive);
    });
  }

  return {
    take(license, withinMs, cancellation) {
      const share = shares.get(license);
      if (!share) shares.set(license, { taken: 1, waiting: [] });
      else if (share.taken < most) share.taken += 1;
      else return wait(share, withinMs, cancellation);
      return true;
    },
    giveBack(license) {
      const share = shares.get(license);
      if (!share) return;
      const next = share.waiting.shift();
      if (next) next();
      else if (share.taken > 1) share.taken -= 1;
      else shares.delete(license);
    },
  };
}
