const REMEMBERED_MS = 60_000;

/** The last answer for a minute; without a database, nothing rather than an error. */
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
