/** The languages of messages; `zh-TW` is Traditional Chinese. */
export const LANGUAGES = ['fa', 'en', 'zh-TW'] as const;
export type Language = (typeof LANGUAGES)[number];

/** In which direction each is read. */
export const DIRECTIONS: Record<Language, 'ltr' | 'rtl'> = { fa: 'rtl', en: 'ltr', 'zh-TW': 'ltr' };

export type LocalizedText = Record<Language, string>;

/** Builds a value for each language. */
export function perLanguage<Value>(make: (language: Language) => Value): Record<Language, Value> {
  const entries = LANGUAGES.map(language => [language, make(language)]);
  return Object.fromEntries(entries) as Record<Language, Value>;
}

/** By primary tag. Every Chinese reader gets Traditional Chinese, the only Chinese that we have. */
const LANGUAGE_OF_PRIMARY = new Map(LANGUAGES.map(language => [primaryOf(language), language]));

/** The language of a tag or locale (`fa-IR`, `zh_TW`); undefined for one that we do not have. */
export function languageOfTag(tag: string): Language | undefined {
  return LANGUAGE_OF_PRIMARY.get(primaryOf(tag));
}

function primaryOf(tag: string): string {
  return tag.toLowerCase().split(/[-_]/, 1).join();
}
