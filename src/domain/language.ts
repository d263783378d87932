/** The languages of messages; `zh-TW` is Traditional Chinese. */
export const LANGUAGES = ['fa', 'en', 'zh-TW'] as const;
export type Language = (typeof LANGUAGES)[number];

export type LocalizedText = Record<Language, string>;

/** By primary tag. Every Chinese reader gets Traditional Chinese, the only Chinese that we have. */
const LANGUAGE_OF_PRIMARY = new Map<string, Language>([
  ['fa', 'fa'],
  ['en', 'en'],
  ['zh', 'zh-TW'],
]);

/** The language of a tag or locale (`fa-IR`, `zh_TW`); undefined for one that we do not have. */
export function languageOfTag(tag: string): Language | undefined {
  const [primary = ''] = tag.toLowerCase().split(/[-_]/);
  return LANGUAGE_OF_PRIMARY.get(primary);
}
