// Which way a text is read: 200 mixed sentences, each with what a reader expects.

import { expect, test } from '@jest/globals';
import { directionOf } from '../../web/src/ui/markdown/direction.js';

const PERSIAN = [
  'سلام دنیا',
  'این یک جملهٔ سادهٔ فارسی است.',
  'React یک کتابخانه برای ساخت رابط کاربری است.',
  'GPT-5.2 مدلی قدرتمند برای برنامه‌نویسی است.',
  'API چیست و چگونه کار می‌کند؟',
  'Docker را نصب کنید و سپس سرویس را راه بیندازید.',
  'برای نصب، دستور `npm install --save-dev typescript @types/node` را اجرا کنید.',
  '`git commit -m "a long message in English that is code"` را بزنید.',
  '```js\nconst veryLongName = anotherLongFunction(argument);\n```\nاین کد است.',
  'به https://example.com/a/very/long/path?with=query&and=more سر بزنید.',
  'https://react.dev/learn/thinking-in-react را بخوانید',
  'ایمیل خود را به support.department@example-company.com بفرستید.',
  'فایل config.production.json را باز کنید.',
  'نسخهٔ ۱٫۲٫۳ منتشر شد.',
  '۱. مرحلهٔ نخست',
  '12345 تومان',
  '(در پرانتز) نوشته شد',
  '«نقل‌قول» در متن',
  '- مورد اول',
  '* React و Vue دو چارچوب محبوب هستند',
  '> نقل قول از Linus Torvalds دربارهٔ لینوکس و هستهٔ آن',
  '## عنوان با API',
  '| نام | مقدار |',
  'چرا؟! واقعاً؟',
  '😀 سلام',
  '✅ انجام شد',
  '**مهم:** این را بخوانید',
  '**Note:** این نکته را فراموش نکنید',
  'کلید `sahm_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ` را نگه دارید',
  'می‌خواهم بروم',
  'قیمت $5 است',
  'معادلهٔ $$\\int_0^\\infty e^{-x^2} dx = \\frac{\\sqrt{\\pi}}{2}$$ را حل کنید',
  'مقدار \\(E = mc^2 + alpha + beta\\) را حساب کنید',
  'AI و ML در زندگی ما',
  'HTTP 404 یعنی صفحه پیدا نشد',
  'www.example.com/some/long/page نشانی ماست',
  'پایتون (Python) زبانی ساده است',
  'خطای TypeError: undefined رخ داد و برنامه ایستاد',
  'مدل deepseek/deepseek-chat در پلن شما نیست و باید پلن خود را ارتقا دهید',
  'בדיקה של טקסט בעברית',
  'مرحبا بالعالم',
  'یہ اردو ہے',
  'ئەمە کوردییە',
  '&nbsp;&nbsp;سلام',
  'Node.js و Express.js برای ساخت سرور به کار می‌روند',
  '1) گزینهٔ یک',
  '۱۲۳ و 456 عدد هستند',
  'تاریخ: 2026-11-29',
  'ساعت 12:30 بعدازظهر',
  'C++ و C# زبان‌های برنامه‌نویسی هستند',
];

const LATIN = [
  'Hello world',
  'This is a simple English sentence.',
  'The Persian word for hello is سلام.',
  'Install it with `npm i` and read the docs.',
  'See https://example.com for more.',
  '# Heading',
  '- an item',
  '| name | value |',
  '> a quote of somebody',
  '**Bold** text',
  'The word «کتابخانه» means library in Persian',
  '1. First step',
  'Write to someone@example.com today',
  '`این کد فارسی است و بلند` is a code span',
  'Ünïcödé letters are letters',
  'Это русский текст',
  '這是繁體中文的句子',
  '日本語の文章です',
  '한국어 문장입니다',
  'Ελληνικά',
  'API',
  'E = mc^2 is famous',
  '😀 hello',
  '✅ done',
  '(in brackets)',
  'Version 1.2.3 was released.',
  '$5 is the price',
  'Why?! Really?',
  'GPT-5.2',
  'a',
  'Tehran (تهران) is the capital of Iran',
  'Use the key سلام in the request body please',
  'Price: ۱۲۳ tomans',
  'Time: 12:30 PM',
  '- [x] done task',
  'const name = value;',
  'en français, ça va?',
  'Tiếng Việt có dấu',
  'ภาษาไทย',
  'हिन्दी में लिखा',
  'Read config.json first',
  'Nothing is charged: «سقف» means limit here',
  'The quick brown fox 123',
  'Chapter IV',
  'x',
  'Yes, نه is no',
  'HTTP 404 means not found',
  'C++ and C# are languages',
  'Q: What is AI?',
  'See also: Node.js docs',
];

const NEITHER = [
  '',
  ' ',
  '123',
  '۱۲۳',
  '۱۲۳٫۴۵',
  '...',
  '?!',
  '—',
  '😀',
  '✅',
  '| 1 | 2 |',
  '$$x$$',
];
const CODE_ALONE = [
  '`code`',
  'https://example.com/path',
  'a.b@example.com',
  '```\nlet a = 1;\n```',
  '\\(x + y\\)',
  '- 12',
  '> 1',
  '# 2026',
];

test.each(PERSIAN)('right to left: %s', text => {
  expect(directionOf(text)).toBe('rtl');
});

test.each(LATIN)('left to right: %s', text => {
  expect(directionOf(text)).toBe('ltr');
});

test.each([...NEITHER, ...CODE_ALONE])('like the text around: %s', text => {
  expect(directionOf(text)).toBe(null);
});

// The same sentences with a Latin name, digits or punctuation around them read the same way.
test.each(PERSIAN.slice(0, 40))('still right to left: %s', text => {
  expect(directionOf(`12. [${text}](https://example.com/somewhere/far/away) ... !`)).toBe('rtl');
});

test.each(LATIN.slice(0, 40))('still left to right: %s', text => {
  expect(directionOf(`۱۲. [${text}](https://example.com/somewhere) ... !`)).toBe('ltr');
});
