// One thing has one word in each language, and no text has a word of another language (docs/words.md).

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { LANGUAGES } from '../../src/domain/language.js';
import { SAMPLE_KINDS, sampleMail } from '../../src/domain/mailSamples.js';
import { fa } from '../../src/i18n/fa.js';
import { UNSUBSCRIBE_TEXTS } from '../../src/i18n/unsubscribe.js';
import { zhTW } from '../../src/i18n/zhTW.js';
import { EXAMPLES } from './examples.js';

const PLAN = { fa: 'حرفه‌ای', en: 'PRO', 'zh-TW': '專業方案' };
const mails = (language: 'fa' | 'zh-TW') =>
  SAMPLE_KINDS.map(kind => {
    const settings = {
      shopName: null,
      timeZone: 'UTC',
      publicUrl: 'https://sahm.example',
      planName: () => PLAN,
    };
    const mail = sampleMail(kind, { email: 'buyer@example.com', language }, settings);
    return `${mail.subject}\n${mail.text}`;
  });
const messages = (texts: typeof fa) =>
  Object.entries(EXAMPLES).map(([key, parameters]) =>
    (texts[key as keyof typeof texts] as (given: unknown) => string)(parameters),
  );
const page = (language: 'fa' | 'zh-TW') => {
  const { title, kinds, question, button, done } = UNSUBSCRIBE_TEXTS[language];
  const settings = Object.values(kinds).flatMap(kind => [question(kind), done(kind)]);
  return [title, button, ...settings];
};
const TEXTS = {
  fa: [...messages(fa), ...mails('fa'), ...page('fa')],
  'zh-TW': [...messages(zhTW), ...mails('zh-TW'), ...page('zh-TW')],
};

/** Other words for what docs/words.md has a word for. */
const OTHER_WORDS: Record<keyof typeof TEXTS, RegExp> = {
  fa: /افزونه|اشتراکی شما|گواهی|پروانه|هدر|ایمیلتان|ي|ك|ه‌ی |مدلهای(?! مستقیم)/,
  'zh-TW': /加購方案|附加方案|加值|許可證|許可|配額|金錀|賣家|賣方|标|模块|服务器|用户/,
};
/** The same for the texts that stand both on the pages and in the service: what one calls a thing, the other does too. */
const OTHER_WORDS_ANYWHERE =
  /رمز(?: عبور|ی )|مانند رمز|پرونده|گزارش تغییرات|صفحهٔ گسترده|(?<!\p{L})راز(?:های?)?(?!\p{L})|گفتگو|این‌جا|به‌حساب|تأمین‌کننده|رونوشت|ویدئو|برگزین|میدان آزمایش|کلاینت|استریم|کانتکست|مبی‌بایت|فهرست محصولات|بالادست|پایان‌یافته|کسرشده|سهمیه|جستجو|تسویه|暫停|第二驗證|復原代碼|加購(?!包)|產品|配額|[不未已]計費|遭拒|(?:通知|傳送)位址|內文|稽核記錄|購買者|對帳單|答覆|個 token/u;
/** Written without the sign of ezafe where it belongs, as in no other text: «دوره بعد». */
const WITHOUT_EZAFE =
  /(دوره (بعد|پیش|کنونی|[۰-۹])|بسته افزایشی|شماره سفارش|بدنه درخواست|همه (درخواست|مدل)|نشانی‌ای ایمیل)/;
/** Names, codes and addresses: they are the same in every language. */
const KEPT = [
  /The image is too large\.|is disabled|\bgpt-5\b/g,
  /https?:\S+/g,
  /\S+@\S+/g,
  /\{"[^}]*\}/g,
  /\b[a-z]+\/[\w.-]+/g,
  /\/v1\/[\w/]+/g,
  /\b(?:OpenRouter|OpenAI|GPT|GPT\/OpenAI|JSON|UTC|UTF-8|API|NUL|ASCII|Unicode|MiB|Sahm)\b/g,
  /\b(?:BASIC|PRO|VIP|GET|POST)\b/g,
  /\b(?:Content-Type|Content-Encoding|Authorization|Bearer|x-api-key|api-key|Retry-After|X-Request-Id|Idempotency-Key)\b/g,
  /\b(?:api_key|model|prompt|input|messages|thread|temperature|plugins|image_url|tools|png|jpeg|webp|gif|base64|data|image)\b/g,
  /\b(?:application|json)\b/g,
  /\b[A-Z]+_WEBHOOK_SECRET\b|\bWebhook\b|"confirm": true|(?:فیلد|欄位) code\b|\bstripe\b|«production»|「production」/g,
  /[（(](?:operator|owner|viewer|active|suspended|revoked|expired)[)）]/g,
  /\b(?:woocommerce|license_ready|sub_sample|EENVELOPE|order\.updated|licenses\.csv)\b/g,
  /[0-9a-f]{8}-[0-9a-f-]{27}/g,
];
/** seed 003 §8.1, byte for byte. */
const OF_THE_SEED = /License key نامعتبر است یا فعال نیست\./;

describe.each(Object.entries(TEXTS))('in %s', (language, texts) => {
  test('there are all texts', () => {
    expect(texts.length).toBeGreaterThan(80);
  });

  test('no text has a Latin word', () => {
    const foreign = texts
      .map(text => text.replace(OF_THE_SEED, ''))
      .map(text => KEPT.reduce((rest, kept) => rest.replace(kept, ''), text))
      .filter(text => /[A-Za-z]{2,}/.test(text));
    expect(foreign).toEqual([]);
  });

  test('no text has another word for a thing', () => {
    const others = OTHER_WORDS[language as keyof typeof TEXTS];
    expect(texts.filter(text => others.test(text))).toEqual([]);
  });
});

test('Persian writes the sign of ezafe everywhere, but in what the seed says', () => {
  const SEED = /سقف ماهانه (OpenRouter|GPT\/OpenAI) شما/;
  expect(TEXTS.fa.filter(text => !SEED.test(text) && WITHOUT_EZAFE.test(text))).toEqual([]);
});

const GUIDES = readdirSync('docs').flatMap(name =>
  name.endsWith('.fa.md') ? [`docs/${name}`] : [],
);

test('the Persian guides have the same words', () => {
  expect(GUIDES.length).toBeGreaterThan(1);
  for (const text of GUIDES.map(path => readFileSync(path, 'utf8'))) {
    expect(text).not.toMatch(OTHER_WORDS.fa);
    expect(text).not.toMatch(WITHOUT_EZAFE);
  }
});

const filesOf = (folder: string) => readdirSync(folder).map(name => `${folder}/${name}`);
/** What the pages, the service and the mails say in Persian and Chinese, the Persian guides and the catalogue. */
const FILES = [
  ...['src/i18n', 'web/src/messages/fa', 'web/src/messages/zh-TW'].flatMap(filesOf),
  ...filesOf('src/domain').filter(path => /mail|letter|inboxReasons|texts\.ts/i.test(path)),
  ...['catalog/models.json', 'catalog/plans.json'],
  ...GUIDES,
];
/** The lines of these files that the rule finds, each with its file. */
const linesWith = (files: string[], rule: RegExp) =>
  files.flatMap(file => {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.filter(line => rule.test(line)).map(line => `${file}: ${line.trim()}`);
  });

test('pages, service, mails, guides and catalogue have one word for one thing', () => {
  expect(FILES.length).toBeGreaterThan(45);
  expect(linesWith(FILES, OTHER_WORDS_ANYWHERE)).toEqual([]);
});

/** «می شود», «مدل ها», Arabic letters, a space before a mark and a Latin mark after a Persian word. */
const PERSIAN_SPELLING =
  /(?:^|[\s«(])ن?می\s|\p{Script=Arabic} (?:ها|های|هایی|تر|ترین)(?=[\s.،؛:])|[يكۀة]|ه‌ی|\p{Script=Arabic}[,;?]|\p{Script=Arabic}\s[،؛؟]/u;

test('Persian is spelt in one way, with its own letters and marks', () => {
  expect(linesWith(FILES, PERSIAN_SPELLING)).toEqual([]);
});

/** A half-width mark beside a Chinese letter; a Latin letter, a digit or code beside one without a space. */
const CHINESE_SPELLING =
  /\p{Script=Han}[,;:!?()]|[,;:!?(]\p{Script=Han}|\p{Script=Han}[A-Za-z0-9`]|[A-Za-z0-9`]\p{Script=Han}/u;
/** seed 004, byte for byte. */
const OF_SEED_004 = /API密鑰無效或已過期/;

test('Chinese has full-width marks, and a space between Chinese and Latin', () => {
  const said = messages(zhTW).filter(text => !OF_SEED_004.test(text));
  expect(said.filter(text => CHINESE_SPELLING.test(text))).toEqual([]);
  expect(linesWith(filesOf('web/src/messages/zh-TW'), CHINESE_SPELLING)).toEqual([]);
});

test('Persian pages have Persian digits, but in code and in names', () => {
  const names = /`[^`]*`|\]\([^)]*\)|[A-Za-z][\w.-]*\d[\w.-]*|\b[45](?:\d\d|xx)\b|^\s*'?\w+'?:/g;
  const withDigits = filesOf('web/src/messages/fa').flatMap(file =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter(line => /[0-9]/.test(line.replace(names, ''))),
  );
  expect(withDigits).toEqual([]);
});

/** Bookish words, and other words for what docs/words.md has a word for. */
const OTHER_ENGLISH =
  /\bmend(?:ed)?\b|[Ll]eave (?:it|them) out|\baffords?\b|\bpictures?\b|\banew\b|\d %|Taken? back|Given back/;

test('English is plain, and has one word for one thing', () => {
  expect(linesWith(['src/i18n/en.ts', ...filesOf('web/src/messages/en')], OTHER_ENGLISH)).toEqual(
    [],
  );
});

test('messages about requests have the digits that programs write, and no text has both kinds', () => {
  expect(messages(fa).filter(text => /[۰-۹]/.test(text))).toEqual([]);
  expect(readFileSync('src/i18n/phrases.ts', 'utf8')).not.toMatch(/[۰-۹]/);
});

test('each rule catches a text that breaks it', () => {
  expect('راز را کپی کنید').toMatch(OTHER_WORDS_ANYWHERE);
  expect('給予加購').toMatch(OTHER_WORDS_ANYWHERE);
  expect('給予加購包').not.toMatch(OTHER_WORDS_ANYWHERE);
  expect('برنامهٔ احراز هویت').not.toMatch(OTHER_WORDS_ANYWHERE);
  expect('افزونه شما در انتظار است').toMatch(OTHER_WORDS.fa);
  expect('تا آغاز دوره بعد').toMatch(WITHOUT_EZAFE);
  expect('可購買加購方案').toMatch(OTHER_WORDS['zh-TW']);
  expect('برای همه‌ی مدل ها').toMatch(PERSIAN_SPELLING);
  expect('نامعتبر ،').toMatch(PERSIAN_SPELLING);
  expect('未計費').toMatch(OTHER_WORDS_ANYWHERE);
  expect('使用Python的範例').toMatch(CHINESE_SPELLING);
  expect('錯誤:金鑰').toMatch(CHINESE_SPELLING);
  expect('使用 Python 的範例（JSON）').not.toMatch(CHINESE_SPELLING);
  expect('Mend it. '.toLowerCase()).toMatch(OTHER_ENGLISH);
  expect(LANGUAGES).toHaveLength(3);
});
