import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { makeKey } from '../../src/domain/key.js';
import { makeCode, showCode } from '../../src/domain/redemptionCode.js';
import { refuse } from '../../src/domain/refusal.js';
import { hasOurSecret, maskSecrets, repeatable } from '../../src/domain/secretForms.js';

const KEY = makeKey(randomBytes);
const SECRETS = [
  KEY,
  KEY.toUpperCase(),
  `sahm_admin_${randomBytes(32).toString('base64url')}`,
  `sk-or-v1-${randomBytes(32).toString('hex')}`,
  `rk_live_${randomBytes(16).toString('hex')}`,
  `whsec_${randomBytes(24).toString('base64')}`,
  `ck_${randomBytes(20).toString('hex')}`,
  `Bearer ${randomBytes(20).toString('hex')}`,
  showCode(makeCode(randomBytes)),
  showCode(makeCode(randomBytes)).toLowerCase(),
  `eyJ${randomBytes(16).toString('hex')}.${randomBytes(16).toString('hex')}.x`,
];

test.each(SECRETS)('%s is not repeated, wherever it stands', secret => {
  for (const text of [secret, `a.${secret}`, `x ${secret}, y`, `[${secret}].b`]) {
    expect(maskSecrets(text)).not.toContain(secret.slice(-12));
    const refusal = refuse('invalid_request', 'field_unknown', { field: text }, { field: text });
    expect(refusal.field).not.toContain(secret.slice(-12));
  }
});

test('the name of a field is repeated as it stands, up to a sensible length', () => {
  for (const name of [
    'messages[0].content',
    'task-runner-instruct-7b',
    'sk-1',
    'فیلد',
    'risk_of',
  ]) {
    expect(repeatable(name)).toBe(name);
  }
  expect(repeatable('x'.repeat(1_000_000)).length).toBeLessThan(400);
});

test('what is shown of a key may be written down, a key or a code may not', () => {
  expect(hasOurSecret(`leaked: ${KEY}`)).toBe(true);
  expect(hasOurSecret(`given to Sara: ${showCode(makeCode(randomBytes))}`)).toBe(true);
  expect(hasOurSecret('the codes of SAHM-Nowruz-1405')).toBe(false);
  expect(hasOurSecret(`leaked: ${KEY.slice(0, 14)}…${KEY.slice(-4)}`)).toBe(false);
});

test.each([
  [`${KEY}.b`, 'sahm_live_***.b'],
  ['sahm_admin_ab-c_1 x', 'sahm_admin_*** x'],
  [`SK_${'a1-_'.repeat(4)}.`, 'SK_***.'],
  [`aifo_sk_live_${'a'.repeat(16)}`, 'aifo_sk_***'],
  [`a:whsec_${'a1+/'.repeat(4)}=,`, 'a:whsec_***,'],
  [`cs_${'a'.repeat(16)} and rk_${'b'.repeat(16)}`, 'cs_*** and rk_***'],
  ['eyJhbGci_-1.e30', 'eyJ***'],
  ['(eyJhbGciOiJ.e30.sig-_)', '(eyJ***)'],
  ['"authorization: bearer  12345678"', '"authorization: bearer  ***"'],
  ['x SAHM-0123-abcd-EFGH-9999-zzzz', 'x SAHM-***-zzzz'],
])('of %s everything is masked but its kind', (text, masked) => {
  expect(maskSecrets(text)).toBe(masked);
});

test.each([
  'mark_of_the_last_customer',
  'docs_about_everything_else',
  `sk-${'a'.repeat(15)}`,
  `ck_${'a'.repeat(15)}`,
  'monkeyJournals.first',
  'eyJournal.first',
  'eyJournals',
  'bearer of it',
  'forbearer somebody-else',
  'xsahm-0123-abcd-efgh-9999',
  'sahm-0123-abcd-efgh',
  'sahm-0123-abcd-efgh-999',
])('%s is no secret, and stays as it is', text => {
  expect(maskSecrets(text)).toBe(text);
  expect(hasOurSecret(text)).toBe(false);
});

test('of ours, what has more than the part that may be shown is a secret', () => {
  for (const kind of ['sahm_live_', 'SAHM_ADMIN_']) {
    expect(hasOurSecret(`x${kind}${'a'.repeat(11)}`)).toBe(false);
    expect(hasOurSecret(`x${kind}${'a'.repeat(12)}`)).toBe(true);
  }
});

test.each([
  ['as it is, up to 300 characters', 'x'.repeat(300), 'x'.repeat(300)],
  ['cut, if it is longer', 'x'.repeat(301), `${'x'.repeat(300)}…`],
  ['cut before a character', `${'x'.repeat(299)}😀`, `${'x'.repeat(299)}…`],
  ['cut behind it', `${'x'.repeat(298)}😀y`, `${'x'.repeat(298)}😀…`],
  [
    'cut where it ends alone',
    `${'x'.repeat(250)}\ud83dy${'x'.repeat(99)}`,
    `${'x'.repeat(250)}\ud83dy${'x'.repeat(48)}…`,
  ],
  ['in one line', 'a\r\n\tb\0c', 'a b c'],
  ['without its secrets', `Bearer ${'x'.repeat(400)}`, 'Bearer ***'],
])('what a caller wrote is repeated %s', (_name, text, repeated) => {
  expect(repeatable(text)).toBe(repeated);
});
