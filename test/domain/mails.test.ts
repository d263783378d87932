// Every mail in every language: what is in it, what is not, and that nothing in it is more than text.

import { describe, expect, test } from '@jest/globals';
import { composeConfirmation } from '../../src/domain/confirmationMail.js';
import {
  amountInWords,
  instantInWords,
  numberInWords,
  periodInWords,
} from '../../src/domain/inWords.js';
import { LANGUAGES, type Language } from '../../src/domain/language.js';
import { composeLicenseReady } from '../../src/domain/mail.js';
import { SAMPLE_KINDS, sampleMail } from '../../src/domain/mailSamples.js';
import { isOptionalMail } from '../../src/domain/notice.js';
import { composeNotice } from '../../src/domain/noticeMail.js';
import type { QuotaKey } from '../../src/domain/provider.js';

const NAMES = { fa: 'حرفه‌ای', en: 'PRO', 'zh-TW': '專業方案' };
const SETTINGS = {
  shopName: 'Shop & Söhne <b>',
  timeZone: 'Asia/Tehran',
  publicUrl: 'https://sahm.example',
  planName: () => NAMES,
};
const EVERY = SAMPLE_KINDS.flatMap(kind => LANGUAGES.map(language => ({ kind, language })));
const mailOf = ({ kind, language }: (typeof EVERY)[number]) =>
  sampleMail(kind, { email: 'buyer@example.com', language }, SETTINGS);

test.each(EVERY)(
  '$kind in $language has a subject, a text, an HTML part and the shop’s name',
  each => {
    const { subject, text, html } = mailOf(each);
    expect(subject).toMatch(/\S/);
    expect(text).toContain(SETTINGS.shopName);
    expect(html).toContain('<bdi>Shop &amp; Söhne &lt;b&gt;</bdi>');
    expect(html).not.toContain('Söhne <b>');
    expect(`${subject}${text}`).not.toMatch(/undefined|\[object|NaN|Invalid/);
    const direction = each.language === 'fa' ? 'rtl' : 'ltr';
    expect(html).toContain(`<html lang="${each.language}" dir="${direction}">`);
  },
);

test.each(EVERY)('$kind in $language loads nothing from anywhere', each => {
  const { html } = mailOf(each);
  expect(html).not.toMatch(/<(img|script|link|style|iframe|object|video)\b|\burl\(|\bsrc=/i);
});

test.each(EVERY)(
  '$kind in $language can be switched off with one click exactly where a buyer may do without it',
  each => {
    const { headers, text, html } = mailOf(each);
    const url = 'https://sahm.example/unsubscribe/sample';
    if (isOptionalMail(each.kind)) {
      expect(headers).toEqual({
        'List-Unsubscribe': `<${url}>`,
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      });
      expect(text).toContain(url);
      expect(html).toContain(`<a href="${url}">`);
    } else {
      expect(headers).toEqual({});
      expect(`${text}${html}`).not.toContain('unsubscribe');
    }
  },
);

/** What stays as it is in every language: names, ids, addresses and what a shop wrote. */
const KEPT = [
  /https:\S+/g,
  /\S+@\S+/g,
  /Shop & Söhne <b>/g,
  /OpenRouter|OpenAI|deepseek\/deepseek-chat|sub_sample|woocommerce( 1234|:999)?|license_ready|EENVELOPE 550/g,
  /order\.updated is disabled/g,
  /[0-9a-f-]{36}/g,
];
const ownWords = (text: string) => KEPT.reduce((rest, kept) => rest.replace(kept, ''), text);

describe('a reader finds nothing of another language', () => {
  test.each(SAMPLE_KINDS)('%s in Persian has no Latin letter and no Latin digit', kind => {
    const { subject, text } = mailOf({ kind, language: 'fa' });
    expect(ownWords(`${subject}\n${text}`)).not.toMatch(/[A-Za-z0-9]/);
  });

  test.each(SAMPLE_KINDS)('%s in Chinese has no Latin letter', kind => {
    const { subject, text } = mailOf({ kind, language: 'zh-TW' });
    expect(ownWords(`${subject}\n${text}`)).not.toMatch(/[A-Za-z]|[۰-۹آ-ی]/);
  });

  test.each(SAMPLE_KINDS)('%s in English is English', kind => {
    const { subject, text } = mailOf({ kind, language: 'en' });
    expect(ownWords(`${subject}\n${text}`)).not.toMatch(/\p{Script=Han}|\p{Script=Arabic}/u);
  });
});

describe('whose language is unknown', () => {
  const unknown = (kind: (typeof SAMPLE_KINDS)[number]) =>
    sampleMail(kind, { email: 'buyer@example.com', language: null }, SETTINGS);

  test('gets mails about a purchase in Persian and English, each with its own direction', () => {
    const { subject, text, html } = unknown('license_ready');
    expect(subject).toBe('کلید لایسنس شما / Your license key');
    expect(text).toContain('دریافت کنید');
    expect(text).toContain('Get your license key');
    expect(html.match(/<div lang="\S+" dir="\S+"/g)).toEqual([
      '<div lang="fa" dir="rtl"',
      '<div lang="en" dir="ltr"',
    ]);
  });

  test('gets notices in all languages', () => {
    const { subject } = unknown('allowance_100');
    expect(subject.split(' / ')).toHaveLength(LANGUAGES.length);
  });
});

test('a plan that is given for a time is told with its end, and with the plan after it', () => {
  const named = (name: string) => ({ fa: name, en: name, 'zh-TW': name });
  const given = { until: new Date('2026-12-10T00:00:00Z'), planAfter: named('PRO') };
  const about = { plan: named('VIP'), given, order: null, endsAt: null, link: 'https://x' };
  const said = LANGUAGES.map(language => {
    const { text } = composeLicenseReady({ email: 'a@example.com', language }, about, SETTINGS);
    return /.*VIP.*PRO.*/.exec(text)?.[0];
  });
  expect(said).toEqual([
    expect.stringMatching(/تا .*، سپس PRO$/),
    expect.stringMatching(/until 10 December 2026 .*, then PRO$/),
    expect.stringMatching(/至 2026年12月10日.*，之後為PRO）$/),
  ]);
});

test('a license that was given is not told as a purchase', () => {
  const plan = { fa: 'ویژه', en: 'VIP', 'zh-TW': '尊榮' };
  const about = { plan, given: null, endsAt: null, link: 'https://x' };
  for (const language of LANGUAGES) {
    const said = [null, '17'].map(order => {
      const to = { email: 'a@example.com', language };
      return /خرید شما|Your purchase|您的購買/.test(
        composeLicenseReady(to, { ...about, order }, SETTINGS).text,
      );
    });
    expect([language, ...said]).toEqual([language, false, true]);
  }
});

test('what a shop or a catalogue says cannot become HTML', () => {
  const plan = { fa: '<script>', en: '"><img src=x>', 'zh-TW': "'&" };
  const hostile = "</p><script>alert('x')</script>";
  for (const language of LANGUAGES) {
    const { html } = composeLicenseReady(
      { email: 'buyer@example.com', language },
      {
        plan,
        given: null,
        order: hostile,
        endsAt: null,
        link: 'https://sahm.example/?a="><script>',
      },
      SETTINGS,
    );
    expect(html).not.toMatch(/<script|<img|alert\('/);
  }
});

describe('in words', () => {
  const at = new Date('2026-12-29T10:00:00Z');

  test.each<[Language, string, string]>([
    ['fa', 'UTC', '۸ دی ۱۴۰۵ ساعت ۱۰:۰۰ (زمان هماهنگ جهانی)'],
    ['fa', 'Asia/Tehran', '۸ دی ۱۴۰۵ ساعت ۱۳:۳۰ (وقت عادی ایران)'],
    ['en', 'UTC', '29 December 2026 at 10:00 (UTC)'],
    ['zh-TW', 'Asia/Taipei', '2026年12月29日 18:00（台北標準時間）'],
  ])('an instant in %s, %s', (language, timeZone, words) => {
    expect(instantInWords(at, language, timeZone)).toBe(words);
  });

  test.each<[string, Language, string]>([
    ['2026-11', 'en', 'November 2026'],
    ['2026-11', 'fa', 'نوامبر ۲۰۲۶'],
    ['2026-11', 'zh-TW', '2026年11月'],
    ['1405-01', 'fa', 'فروردین ۱۴۰۵'],
    ['1405-12', 'en', 'Esfand 1405'],
  ])('the period %s in %s', (period, language, words) => {
    expect(periodInWords(period, language)).toBe(words);
  });

  test('a number', () => {
    expect(numberInWords(1250, 'fa')).toBe('۱٬۲۵۰');
    expect(numberInWords(1250, 'en')).toBe('1,250');
  });

  test.each<[number, QuotaKey, Language, string]>([
    [1, 'openai', 'en', '1 OpenAI request'],
    [1250, 'openrouter', 'en', '1,250 OpenRouter requests'],
    [1250, 'openrouter', 'fa', '۱٬۲۵۰ درخواست OpenRouter'],
    [1, 'openai', 'zh-TW', '1 次 OpenAI 請求'],
    [250_000, 'all', 'en', '$0.25'],
  ])('%s units of %s in %s', (units, provider, language, words) => {
    expect(amountInWords(units, provider, language)).toBe(words);
  });
});

test('money that was bought, and money that waits, is told in dollars', () => {
  const to = { email: 'buyer@example.com', language: 'en' } as const;
  const settings = { ...SETTINGS, accountUrl: 'https://sahm.example/account' };
  const amounts = { provider: 'all', units: 5_250_000 } as const;
  const waiting = composeNotice(
    {
      id: '019b0000-0000-7000-8000-000000000002',
      kind: 'grant_waiting',
      occurredAt: new Date('2026-12-29T10:00:00Z'),
      licenseId: '019b0000-0000-7000-8000-000000000003',
      email: to.email,
      details: {
        plan: 'pro',
        grant_id: '019b0000-0000-7000-8000-000000000000',
        product: null,
        minimum_plan: 'wallet',
        ...amounts,
      },
    },
    to,
    settings,
  );
  expect(waiting.text).toContain('Your add-on of $5.25 needs');
  const bought = { items: [{ kind: 'units', ...amounts } as const], order: null, license: null };
  const confirmed = composeConfirmation(to, { ...bought, accountUrl: '' }, settings);
  expect(confirmed.text).toContain('- Add-on: $5.25\n');
});
