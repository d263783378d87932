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
  /رمز عبور|پرونده|گزارش تغییرات|صفحهٔ گسترده|(?<!\p{L})راز(?:های?)?(?!\p{L})|گفتگو|این‌جا|به‌حساب|تأمین‌کننده|暫停|第二驗證|復原代碼|加購(?!包)/u;
/** Written without the sign of ezafe where it belongs, as in no other text: «دوره بعد». */
const WITHOUT_EZAFE =
  /(دوره (بعد|پیش|کنونی|[۰-۹])|بسته افزایشی|شماره سفارش|بدنه درخواست|همه (درخواست|مدل)|نشانی‌ای ایمیل)/;
/** Names, codes and addresses: they are the same in every language. */
const KEPT = [
  /The image is too large\.|no product of the catalogue has the id|is disabled|\bgpt-5\b/g,
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

test('the Persian guides and the catalogue have the same words', () => {
  const guides = readdirSync('docs').filter(name => name.endsWith('.fa.md'));
  expect(guides.length).toBeGreaterThan(1);
  for (const text of guides.map(name => readFileSync(`docs/${name}`, 'utf8'))) {
    expect(text).not.toMatch(OTHER_WORDS.fa);
    expect(text).not.toMatch(WITHOUT_EZAFE);
  }
});

test('the pages and the service have one word for one thing', () => {
  const files = ['src/i18n', 'web/src/messages/fa', 'web/src/messages/zh-TW'].flatMap(folder =>
    readdirSync(folder).map(name => `${folder}/${name}`),
  );
  expect(files.length).toBeGreaterThan(30);
  const others = files.flatMap(file => {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.filter(line => OTHER_WORDS_ANYWHERE.test(line)).map(line => `${file}: ${line}`);
  });
  expect(others).toEqual([]);
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
  expect(LANGUAGES).toHaveLength(3);
});
