// Reads of the same thing that several ask for at once.

/**
 * Whoever asks while a read of the same key is under way shares the next one, which begins afterwards: so nobody is
 * given what was read before they asked, and a key that thousands ask for is read by one at a time.
 */
export function readTogether<Result>(
  read: (key: string) => Promise<Result>,
): (key: string) => Promise<Result> {
  const underWay = new Map<string, Promise<Result>>();
  const next = new Map<string, Promise<Result>>();

  function begin(key: string): Promise<Result> {
    next.delete(key);
    const reading = read(key);
    underWay.set(key, reading);
    const isOver = () => {
      if (underWay.get(key) === reading) underWay.delete(key);
    };
    reading.then(isOver, isOver);
    return reading;
  }

  return key => {
    const before = underWay.get(key);
    if (!before) return begin(key);
    const waiting = next.get(key);
    if (waiting) return waiting;
    const go = () => begin(key);
    const shared = before.then(go, go);
    next.set(key, shared);
    return shared;
  };
}
