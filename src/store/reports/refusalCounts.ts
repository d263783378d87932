// Refusals are counted in memory and written down together every few seconds: a flood of refused
// requests costs the database next to nothing. A killed process forgets a few seconds of them.

import type { CountedRefusal, UsageTotals } from './usageTotals.js';

export interface RefusalCounts {
  count(refusal: CountedRefusal): void;
  /** Writes down what was counted; what could not be written is kept for the next time. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const FLUSH_MS = 5_000;
/** The kinds are few; whatever goes wrong, memory stays bounded. */
const MOST_KINDS = 10_000;

export function createRefusalCounts(totals: Pick<UsageTotals, 'addRefusals'>): RefusalCounts {
  let counted = new Map<string, CountedRefusal & { count: number }>();

  function add(refusal: CountedRefusal, count: number): void {
    const { dialect, provider, code, reason } = refusal;
    const kind = `${dialect} ${provider} ${code} ${reason}`;
    const row = counted.get(kind);
    if (row) row.count += count;
    else if (counted.size < MOST_KINDS) counted.set(kind, { ...refusal, count });
  }

  async function write(): Promise<void> {
    if (counted.size === 0) return;
    const rows = [...counted.values()];
    counted = new Map();
    try {
      await totals.addRefusals(rows);
    } catch {
      for (const { count, ...refusal } of rows) add(refusal, count);
    }
  }

  /** One write after another: who waits for a flush waits for the one under way too. */
  let written = Promise.resolve();
  let next: Promise<void> | undefined;
  function flush(): Promise<void> {
    next ??= written.then(() => {
      next = undefined;
      return write();
    });
    written = next;
    return next;
  }

  const timer = setInterval(() => void flush(), FLUSH_MS).unref();
  return {
    count: refusal => add(refusal, 1),
    flush,
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}
