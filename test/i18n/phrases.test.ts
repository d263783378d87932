// What the code says in English inside of a message is said in Persian and Chinese too. Messages in all languages,
// and the mails, have one word for one thing and no word of another language.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { sayInboxReason } from '../../src/domain/inboxReasons.js';
import { LANGUAGES } from '../../src/domain/language.js';
import { phrase } from '../../src/i18n/phrases.js';

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter(
    path =>
      path.endsWith('.ts') &&
      !/generated|^(cli|commands|config|shops|providers|catalog|domain.mailSamples|store.database|store.purchases.(?!byHand|codes))\b/.test(
        path,
      ),
  )
  .map(path => readFileSync(join('src', path), 'utf8'));

/** Where code gives a message its English words; a value in a template stands as 1. */
const NOT_FOUND = /'not_found', \{ what: '([^']+)' \}/g;
const GIVEN = [
  /\breason(?: =|:)\s+['`]([^'`]+)['`](?:,|;| \})/g,
  /\breturn conflict\(\s*['`]([^'`]+)['`]/g,
  /\b(?:throw invalid|refuseField)\([^,]+,\s*['`]([^'`]+)['`]\)/g,
  /\berror: ['`]([^'`]{2,})['`]/g,
  /(?:_EXPECTED|\bEXPECTED_\w+) =\s+['`]([^'`]+)['`]/g,
  /\bfault: ['`]([^'`]+)['`]/g,
  /\bconst error = `([^`]+)`/g,
  /\binstead:\s+'([^']+)'/g,
  /\brefuseNothing\(\s*['`]([^'`]+)['`]/g,
  /^ {2}\['[\w.-]+', '([^']+)'\],$/gm,
];
/** Reasons that no caller reads: of holds, of upstreams' failures, of events in the inbox, of deliveries. */
const NOT_FOR_CALLERS =
  /^(success|client_left|timeout|no_address|share_of_connections|breakers_open|failed|fetch failed)$|_/;
/** Said in code: `low | high`, `function`, `base64`, `5m`. */
const CODE = /^"?[\w.-]+"?( \| [\w.-]+)*$|^[{}\w, |]+\}$|^https:\/\/\.\.\./;
const KNOWN_WORDS = ['string', 'object', 'array', 'boolean', 'string | array'];

const saidBy = (pattern: RegExp) =>
  sources.flatMap(source => [...source.matchAll(pattern)].map(([, words = '']) => words));
const given = GIVEN.flatMap(saidBy).map(words => words.replace(/\$\{[^}]+\}/g, '1'));
const phrases = [
  ...new Set([
    ...saidBy(NOT_FOUND),
    ...given.filter(
      words => KNOWN_WORDS.includes(words) || !(CODE.test(words) || NOT_FOR_CALLERS.test(words)),
    ),
  ]),
];

test('the search finds what the code says', () => {
  expect(phrases).toEqual(
    expect.arrayContaining(['license', 'array of messages', 'the code was used.']),
  );
  expect(phrases.length).toBeGreaterThan(40);
});

describe('in every language', () => {
  test.each(phrases)('%s', words => {
    expect(phrase('en', words)).toBe(words);
    expect(phrase('fa', words)).toMatch(/\p{Script=Arabic}/u);
    expect(phrase('zh-TW', words)).toMatch(/\p{Script=Han}/u);
  });
});

test('code stays code, and what nobody translated is said as it is', () => {
  for (const language of LANGUAGES) {
    expect(phrase(language, 'low | high')).toBe('low | high');
    expect(phrase(language, 'words of an upstream')).toBe('words of an upstream');
  }
});

describe('what the check of a shop says is said in every language', () => {
  const source = ['check', 'stripe/check', 'woocommerce/check', 'woocommerce/fault']
    .map(path => readFileSync(`src/shops/${path}.ts`, 'utf8'))
    .join('\n');
  const SAID =
    /(?:return|Error\(|says =|\?|:|=>)\s+['`]((?:set|it|the|that|no|there|buyers|switch|\w+ and) [^'`]{8,}|\$\{[^}]+\} (?:is|must|or) [^'`]{4,})['`]/g;
  const found = [...source.matchAll(SAID)].map(([, words = '']) => words);
  const said = found
    .map(words =>
      words.replace(/\$\{leadsTo[^}]+\}/g, '').replace(/\$\{[^}]+\}/g, 'WOOCOMMERCE_URL'),
    )
    .filter(words => !words.includes('${'));

  test('the search finds it', () => {
    expect(said.length).toBeGreaterThan(20);
  });

  test.each(said)('%s', words => {
    expect(phrase('fa', words)).toMatch(/\p{Script=Arabic}/u);
    expect(phrase('zh-TW', words)).toMatch(/\p{Script=Han}/u);
  });
});

describe('why the inbox has an event as it has it is said in every language', () => {
  const SHOPS = [
    ...[
      'shops/body',
      'shops/stripe/webhook',
      'shops/woocommerce/webhook',
      'shops/woocommerce/order',
    ],
    ...['shops/woocommerce/refunds', 'flows/recordDelivery', 'domain/possibleInstants'],
    ...['orderStanding', 'bindOrder', 'applyReport', 'parts'].map(
      name => `store/purchases/${name}`,
    ),
  ].map(path => readFileSync(`src/${path}.ts`, 'utf8'));
  /** A sentence; a value in a template stands as 1, and what else it has at its end. */
  const SENTENCES = [
    /(?:ignored\(|reason(?: =|:)|waitsFor:|needsPerson(?: =|:)|problem(?: =|:)|fault:|=>|return|\?|:)\s+['`]((?:it|the|this|an|a|no|nothing|what|not|refund|Stripe|\$\{[\w.]+\} of its) [^'`]{8,})['`]/g,
    /ignored\(['`]([^'`]+)['`]/g,
    /[A-Z_]{6,} =\s+['"`]([a-z]+ [^'`]{12,})['"`];/g,
  ];
  const found = SHOPS.flatMap(source =>
    SENTENCES.flatMap(pattern => [...source.matchAll(pattern)].map(([, words = '']) => words)),
  );
  const filled = found.map(words => words.replace(/\$\{[^}]+\}/g, '1'));
  const reasons = [...new Set(filled)].filter(words => !words.includes('${'));

  test('the search finds them', () => {
    expect(reasons.length).toBeGreaterThan(35);
    expect(reasons).toEqual(
      expect.arrayContaining(['it is not paid yet', 'the account has no license']),
    );
  });

  test.each(reasons)('%s', reason => {
    expect(sayInboxReason('en', reason)).toBe(reason);
    expect(sayInboxReason('fa', reason)).toMatch(/\p{Script=Arabic}/u);
    expect(sayInboxReason('zh-TW', reason)).toMatch(/\p{Script=Han}/u);
  });

  test('several in one, one that waited too long, and the note of a person', () => {
    const two = 'no line of it is ours; the product woocommerce:9 is not in the catalogue';
    expect(sayInboxReason('fa', two)).toBe(
      'هیچ ردیفی از آن مربوط به ما نیست؛ محصول woocommerce:9 در کاتالوگ نیست',
    );
    const late = 'the account has no license: it has waited for 7 days';
    expect(sayInboxReason('zh-TW', late)).toBe('此買家沒有授權：已等待 7 天');
    expect(sayInboxReason('fa', 'settled: it is not paid yet')).toBe('بسته شد: it is not paid yet');
    expect(sayInboxReason('fa', 'words of a shop')).toBe('words of a shop');
  });
});
