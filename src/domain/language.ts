/** The languages of messages; `zh-TW` is Traditional Chinese. */
export const LANGUAGES = ['fa', 'en', 'zh-TW'] as const;
export type Language = (typeof LANGUAGES)[number];

export type LocalizedText = Record<Language, string>;
