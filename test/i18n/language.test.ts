import { describe, expect, test } from '@jest/globals';
import { languageOf } from '../../src/i18n/language.js';

describe('languageOf', () => {
  test.each([
    ['fa', 'fa'],
    ['fa-IR,fa;q=0.9', 'fa'],
    ['en', 'en'],
    ['en-US,en;q=0.5', 'en'],
    ['EN-us', 'en'],
    ['zh', 'zh-TW'],
    ['zh-TW', 'zh-TW'],
    ['zh-Hant', 'zh-TW'],
    ['zh-Hant-HK', 'zh-TW'],
    ['zh-CN', 'zh-TW'],
    ['de, zh-Hant;q=0.4, en;q=0.8', 'en'],
    ['en;q=0.3, fa-IR;q=0.7', 'fa'],
    ['en;q=0, zh-TW;q=0.1', 'zh-TW'],
    ['fr-FR, en;q=0.2, *;q=0.1', 'en'],
  ])('%s is answered in %s', (header, language) => {
    for (const fallback of ['fa', 'en', 'zh-TW'] as const) {
      expect(languageOf(header, fallback)).toBe(language);
    }
  });

  test.each([
    undefined,
    '',
    '*',
    '*;q=0.5',
    'de',
    'de-DE, fr;q=0.8',
    'english',
    ';;;,,,',
    'en;q=no',
  ])('where the header is %p, the dialect’s own language is used', header => {
    for (const fallback of ['fa', 'en', 'zh-TW'] as const) {
      expect(languageOf(header, fallback)).toBe(fallback);
    }
  });
});
