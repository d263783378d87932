// Limits how many acts run at once. An act that waited too long is told so, and does something cheaper.

export interface Places {
  /** False if no place became free in time. A place must be given back. */
  take(patienceMs: number): Promise<boolean>;
  giveBack(): void;
}

export function createPlaces(most: number): Places {
  let free = most;
  const waiting: Array<(hasPlace: boolean) => void> = [];
  return {
    take(patienceMs) {
      if (free > 0) {
        free -= 1;
        return Promise.resolve(true);
      }
      return new Promise(resolve => {
        const settle = (hasPlace: boolean) => {
          clearTimeout(timer);
          resolve(hasPlace);
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
