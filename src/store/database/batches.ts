/** The most rows that one transaction changes, so that nobody waits long for it. */
export const BATCH = 1_000;

/** Repeats `act`, which handles at most `limit` rows, until no more are left or `most` is reached. */
export async function inBatches(
  most: number,
  act: (limit: number) => Promise<number>,
  batch = BATCH,
): Promise<number> {
  let total = 0;
  while (total < most) {
    const limit = Math.min(batch, most - total);
    const done = await act(limit);
    total += done;
    if (done < limit) break;
  }
  return total;
}
