// Which language a caller reads.

import Negotiator from 'negotiator';
import type { Language } from '../domain/language.js';

/** By primary tag. Every Chinese reader gets Traditional Chinese, the only Chinese that we have. */
const LANGUAGE_OF_TAG = new Map<string, Language>([
  ['fa', 'fa'],
  ['en', 'en'],
  ['zh', 'zh-TW'],
]);

/** The most wanted language that we have; `fallback` for no header, `*`, or no such language. */
export function languageOf(acceptLanguage: string | undefined, fallback: Language): Language {
  const wanted = new Negotiator({ headers: { 'accept-language': acceptLanguage } }).languages();
  for (const tag of wanted) {
    if (tag === '*') return fallback;
    const [primary = ''] = tag.toLowerCase().split('-');
    const language = LANGUAGE_OF_TAG.get(primary);
    if (language !== undefined) return language;
  }
  return fallback;
}
