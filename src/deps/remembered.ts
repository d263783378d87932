const REMEMBERED_MS = 60_000;

/** Keeps an answer for a minute. If the database is away, it returns the last answer instead of failing. */
export function remembered(
  read: () => Promise<Map<string, string>>,
): () => Promise<Map<string, string>> {
  let known = new Map<string, string>();
  let readAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (performance.now() - readAt < REMEMBERED_MS) return known;
    readAt = performance.now();
    known = await read().catch(() => known);
    return known;
  };
}
