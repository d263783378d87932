/** Whether there are no lone surrogates and no NUL: neither can be stored or sent on unchanged. */
export function isWellFormed(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** Makes an unchecked text storable, such as the message of an error. */
export function cleanText(text: string, longest = text.length): string {
  // Cut first, because the cut may split a surrogate pair.
  return text.slice(0, longest).toWellFormed().replaceAll('\0', '');
}

/** The same of every text in a JSON value. What is nested too deep stays as it is. */
export function cleanTexts(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return value;
  if (Array.isArray(value)) return value.map(one => cleanTexts(one, depth + 1));
  const cleaned = Object.entries(value).map(([name, one]) => [name, cleanTexts(one, depth + 1)]);
  return Object.fromEntries(cleaned);
}

/** Nothing that a chat needs is nested deeper. */
const DEEPEST = 100;

/**
 * The path of the first text in a JSON value that is not well-formed, or of a value that is nested too deep.
 * Empty where that is the value itself; null where there is none. The path is only built when something is
 * found: a body may have hundreds of thousands of values.
 */
export function findIllFormed(value: unknown, depth = 0): string | null {
  if (typeof value === 'string') return isWellFormed(value) ? null : '';
  if (typeof value !== 'object' || value === null) return null;
  if (depth > DEEPEST) return '';
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const found = findIllFormed(value[index], depth + 1);
      if (found !== null) return joined(`[${index}]`, found);
    }
    return null;
  }
  for (const key of Object.keys(value)) {
    if (!isWellFormed(key)) return '';
    const found = findIllFormed((value as Record<string, unknown>)[key], depth + 1);
    if (found !== null) return joined(key, found);
  }
  return null;
}

function joined(outer: string, inner: string): string {
  return inner === '' || inner.startsWith('[') ? outer + inner : `${outer}.${inner}`;
}
