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

/** The path of the first text within a JSON value that is not, or of what is nested too deep; else null. */
export function findIllFormed(value: unknown, path: string, depth = 0): string | null {
  if (typeof value === 'string') return isWellFormed(value) ? null : path;
  if (typeof value !== 'object' || value === null) return null;
  if (depth > DEEPEST) return path;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const found = findIllFormed(value[index], `${path}[${index}]`, depth + 1);
      if (found !== null) return found;
    }
    return null;
  }
  for (const key of Object.keys(value)) {
    if (!isWellFormed(key)) return path === '' ? 'body' : path;
    const innerPath = path === '' ? key : `${path}.${key}`;
    const found = findIllFormed((value as Record<string, unknown>)[key], innerPath, depth + 1);
    if (found !== null) return found;
  }
  return null;
}
