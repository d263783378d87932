// What a job says that it did, as lines of words and a value. What is nothing is left out.

export interface ResultLine {
  /** Each is one of the words, or a name of a shop, a provider or a model. */
  path: string[];
  /** Empty if the words say all. */
  value: string | number;
}

export function linesOf(result: unknown, path: string[] = []): ResultLine[] {
  if (Array.isArray(result)) return result.flatMap(each => linesOfItem(each, path));
  if (typeof result === 'object' && result !== null) {
    return Object.entries(result).flatMap(([name, each]) =>
      // Why it was skipped, the word says.
      linesOf(name === 'skipped' ? true : each, [...path, name]),
    );
  }
  if (typeof result === 'number' || typeof result === 'string') {
    return result === 0 || result === '' ? [] : [{ path, value: result }];
  }
  return result === true ? [{ path, value: '' }] : [];
}

/** An item of a list is called by its shop or model. */
function linesOfItem(item: unknown, path: string[]): ResultLine[] {
  if (typeof item !== 'object' || item === null) return linesOf(item, path);
  const { shop, model, ...others } = item as Record<string, unknown>;
  return linesOf(others, [...path, String(shop ?? model ?? '')]);
}
