// The search of the documentation: a word is found however it is typed.

import { expect, test } from '@jest/globals';
import { indexOf, search, searchText } from '../../web/src/features/docs/searchText.js';

const ZWNJ = '\u200c';

test.each([
  ['Arabic yeh and kaf', 'كليد لايسنس', 'کلید لایسنس'],
  ['alef maksura', 'حتى', 'حتی'],
  ['marks above and below letters', 'مُدَرِّس', 'مدرس'],
  ['madda and hamza', 'آخر، مسأله، مسئول، خانهٔ', 'اخر مساله مسیول خانه'],
  ['the stretching line', 'پـــاسخ', 'پاسخ'],
  ['Persian and Arabic digits', '۴۲۹ ٤٢٩', '429 429'],
  ['capital letters and accents', 'Café API', 'cafe api'],
  ['punctuation', 'quota_exhausted /v1/models', 'quota exhausted v1 models'],
  ['full-width letters', 'ＡＰＩ　計數', 'api 計數'],
])('%s: two spellings are equal', (_, typed, meant) => {
  expect(searchText(typed)).toBe(searchText(meant));
});

test('different words stay different', () => {
  expect(searchText('کلید')).not.toBe(searchText('کلیه'));
  expect(searchText('model')).not.toBe(searchText('modal'));
});

const index = indexOf([
  { href: '/counting', title: 'شمارش مصرف', hint: '', text: `هیچ چیز کم نمی${ZWNJ}شود` },
  { href: '/addons', title: `بسته${ZWNJ}های افزایشی`, hint: '', text: 'درخواست بیشتر' },
  { href: '/errors', title: 'quota_exhausted', hint: 'خطای ۴۲۹', text: 'بستهٔ افزایشی بخرید' },
  { href: '/reference', title: 'POST /v1/chat/completions', hint: '', text: '' },
  { href: '/zh', title: '如何計數', hint: '', text: '失敗的請求不計' },
]);
const found = (query: string) => search(index, query).map(({ href }) => href);

test.each([`نمی${ZWNJ}شود`, 'نمی شود', 'نمیشود', 'نمي‌شود'])(
  'half-space, space and nothing find the same: %s',
  query => {
    expect(found(query)).toEqual(['/counting']);
  },
);

test('the title comes before the text', () => {
  expect(found('بسته های افزایشی')[0]).toBe('/addons');
  expect(found('افزایشی')).toEqual(['/addons', '/errors']);
});

test.each([
  ['quota exhausted', '/errors'],
  ['QUOTA_EXHAUSTED', '/errors'],
  ['429', '/errors'],
  ['chat/completions', '/reference'],
  ['計數', '/zh'],
  ['درخواست بسته', '/addons'],
])('found: %s', (query, href) => {
  expect(found(query)).toContain(href);
});

test('an empty query, only marks, and unknown words find nothing', () => {
  expect(found('')).toEqual([]);
  expect(found('  ./ ')).toEqual([]);
  expect(found('فیل')).toEqual([]);
});

test('no more are shown than asked for', () => {
  const many = indexOf(
    Array.from({ length: 30 }, (_, at) => ({ href: `/${at}`, title: 'same', hint: '', text: '' })),
  );
  expect(search(many, 'same', 10)).toHaveLength(10);
});
