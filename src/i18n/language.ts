// Which language a caller reads.

import Negotiator from 'negotiator';
import { type Language, languageOfTag } from '../domain/language.js';

/** The most wanted language that we have; `fallback` for no header, `*`, or no such language. */
export function languageOf<Fallback extends Language | null>(
  acceptLanguage: string | undefined,
  fallback: Fallback,
): Language | Fallback {
  if (acceptLanguage === undefined) return fallback;
  const wanted = new Negotiator({ headers: { 'accept-language': acceptLanguage } }).languages();
  for (const tag of wanted) {
    if (tag === '*') return fallback;
    const language = languageOfTag(tag);
    if (language !== undefined) return language;
  }
  return fallback;
}
