// Numbers and texts in the form of the reader's language.

import { expect, test } from '@jest/globals';
import { placesOf } from '../../src/domain/money.js';
import { commonDay, dayOfChange } from '../../web/src/features/admin/license/limitDays.js';
import { withNamesIsolated } from '../../web/src/messages/say.js';
import { placesOf as placesOnPages } from '../../web/src/ui/currency.js';
import { latinNumber } from '../../web/src/ui/latinDigits.js';

test('an amount has as many decimals on the pages as in the books, in every currency', () => {
  const currencies = [...Intl.supportedValuesOf('currency'), 'IRT', 'XTR'];
  expect(currencies.length).toBeGreaterThan(150);
  expect(currencies.map(each => [each, placesOnPages(each)])).toEqual(
    currencies.map(each => [each, placesOf(each)]),
  );
});

test('a limit keeps its own end where others end on other days; of several the day must be said', () => {
  const apart = { openrouter: '2027-03-31', openai: '' };
  const same = { openrouter: '2027-03-31', openai: '2027-03-31' };
  expect([commonDay(apart), commonDay(same), commonDay({})]).toEqual([null, '2027-03-31', '']);
  expect(dayOfChange(['openrouter'], apart, '')).toBe('2027-03-31');
  expect(dayOfChange(['openai'], apart, '')).toBe('');
  expect(dayOfChange(['openrouter', 'openai'], apart, '')).toBeNull();
  expect(dayOfChange(['openrouter', 'openai'], apart, '2027-05-31')).toBe('2027-05-31');
  // Of limits that end together it was cleared: they do not end any more.
  expect(dayOfChange(['openrouter'], same, '')).toBe('');
});

test('a Latin name in a Persian text keeps the number that follows it out of its own direction', () => {
  const isolated = (name: string) => `\u2068${name}\u2069`;
  expect(withNamesIsolated('درخواست‌ها به OpenRouter: ۳')).toBe(
    `درخواست‌ها به ${isolated('OpenRouter')}: ۳`,
  );
  expect(withNamesIsolated('مدل qwen/qwen-2.5 نیست. GET /v1/models را ببینید.')).toBe(
    `مدل ${isolated('qwen/qwen-2.5')} نیست. ${isolated('GET /v1/models')} را ببینید.`,
  );
  expect(withNamesIsolated('باید به شکل data:image/png;base64,... باشد؛ png، jpeg.')).toBe(
    `باید به شکل ${isolated('data:image/png;base64,...')} باشد؛ ${isolated('png')}، ${isolated('jpeg')}.`,
  );
});

test('a number is the same, however a keyboard writes its digits', () => {
  expect(['۰۱۲۳۴۵۶۷۸۹', '٠١٢٣٤٥٦٧٨٩', '0123456789'].map(latinNumber)).toEqual(
    Array(3).fill('0123456789'),
  );
  expect(latinNumber('$۱۲٫۵')).toBe('$12.5');
});
