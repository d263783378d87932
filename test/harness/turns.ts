// Counts turns of the event loop, to tell what happens in one from what is spread over several.

export interface Turns {
  /** The turn that is now. */
  now(): number;
  stop(): void;
}

export function countTurns(): Turns {
  let turn = 0;
  let isCounting = true;
  const count = () => {
    turn += 1;
    if (isCounting) setImmediate(count);
  };
  count();
  return {
    now: () => turn,
    stop() {
      isCounting = false;
    },
  };
}
