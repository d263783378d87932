// What the code says in English inside of a message is said in Persian and Chinese too. Messages in all languages,
// and the mails, have one word for one thing and no word of another language.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
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
  /\berror: '([^']{2,})'/g,
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
const CODE = /^[\w.-]+( \| [\w.-]+)*$|^[{}\w, |]+\}$|^https:\/\/\.\.\./;
const KNOWN_WORDS = ['string', 'object', 'array', 'boolean'];

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
