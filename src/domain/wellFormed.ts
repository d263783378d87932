/** No lone surrogates and no NUL: neither can be stored or sent on as it is. */
export function isWellFormed(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** What can be stored of a text that nobody checked, such as an error's words. */
export function cleanText(text: string, longest = text.length): string {
  // Cut first: a cut may part a pair of surrogates.
  return text.slice(0, longest).toWellFormed().replaceAll('\0', '');
}

/** Nothing that a chat needs is nested deeper. */
const DEEPEST = 100;

/**
 * The path of the first text within a JSON value that is not, or of what is nested too deep: empty where that is
 * the value itself; else null. It is made where something is found and not on the way there: a body may have
 * hundreds of thousands of values.
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
