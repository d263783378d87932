/** No lone surrogates and no NUL: neither can be stored or sent on as it is. */
export function isWellFormed(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

const DEEPEST = 100;

/** The path of the first text within a JSON value that is not, or of what is nested too deep; else null. */
export function findIllFormed(value: unknown, path: string, depth = 0): string | null {
  if (typeof value === 'string') return isWellFormed(value) ? null : path;
  if (typeof value !== 'object' || value === null) return null;
  if (depth > DEEPEST) return path;
  const isList = Array.isArray(value);
  for (const [key, inner] of Object.entries(value)) {
    const innerPath = isList ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    const found = isWellFormed(key) ? findIllFormed(inner, innerPath, depth + 1) : path || 'body';
    if (found !== null) return found;
  }
  return null;
}
