// What a page remembers while its reader looks at other pages. It is only in memory: a reload forgets it.

import { useEffect, useState } from 'react';

const remembered = new Map<string, unknown>();

/** State that is there again when the reader comes back to the page. */
export function useTabState<Value>(name: string, first: () => Value) {
  const [value, setValue] = useState<Value>(() =>
    remembered.has(name) ? (remembered.get(name) as Value) : first(),
  );
  useEffect(() => {
    remembered.set(name, value);
  }, [name, value]);
  return [value, setValue] as const;
}

/** For a reader who signs out: the next one must not see it. */
export function forgetTabState(): void {
  remembered.clear();
}
