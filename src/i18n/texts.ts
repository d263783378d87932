// The form of a language's file, and helpers for all languages.

import type { ImageFault, MessageKey, MessageParameters } from '../domain/refusal.js';

/** One text for every message: a language that lacks one does not compile. */
export type Texts = { [Key in MessageKey]: (parameters: MessageParameters[Key]) => string };

export type ImageFaultTexts = Record<ImageFault, string>;

/** More model names than this are no help. */
const MOST_NAMES = 5;

/** `a, b, c` with the language's own separator. */
export function listed(names: string[], separator: string): string {
  return names.slice(0, MOST_NAMES).join(separator);
}

/** The names of all of these keys, in order. */
export function allListed<Key extends string>(
  keys: Key[],
  names: Record<Key, string>,
  separator: string,
): string {
  return keys.map(key => names[key]).join(separator);
}

/** `20 MiB`; bytes where it is not a whole number of MiB. */
export function size(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  return Number.isInteger(mebibytes) && mebibytes > 0 ? `${mebibytes} MiB` : `${bytes} B`;
}
