// Limits how many acts run at once. An act that would wait too long is told so, and does something cheaper.

export interface Turns {
  /** False where no turn came in time. A turn must be given back. */
  take(patienceMs: number): Promise<boolean>;
  giveBack(): void;
}

export function createTurns(most: number): Turns {
  let free = most;
  const waiting: Array<(hasTurn: boolean) => void> = [];
  return {
    take(patienceMs) {
      if (free > 0) {
        free -= 1;
        return Promise.resolve(true);
      }
      return new Promise(resolve => {
        const settle = (hasTurn: boolean) => {
          clearTimeout(timer);
          resolve(hasTurn);
        };
        waiting.push(settle);
        const timer = setTimeout(() => {
          waiting.splice(waiting.indexOf(settle), 1);
          settle(false);
        }, patienceMs);
      });
    },
    giveBack() {
      const next = waiting.shift();
      if (next) next(true);
      else free += 1;
    },
  };
}
