// Counts refusals in memory and writes them together every few seconds, so a flood of refused requests costs
// the database next to nothing. A killed process loses a few seconds of counts.

import type { CountedRefusal, UsageTotals } from './usageTotals.js';

export interface RefusalCounts {
  count(refusal: CountedRefusal): void;
  /** Writes what was counted. What could not be written is kept for the next time. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const FLUSH_MS = 5_000;
/** There are few kinds. This keeps memory bounded, whatever goes wrong. */
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

  /** One write after another: a flush also waits for the one under way. */
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
