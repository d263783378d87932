import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { makeCode, readCode, showCode } from '../../src/domain/redemptionCode.js';

const code = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map(bytes => makeCode(() => Uint8Array.from(bytes)));

test('a code is shown in groups, without letters that look like others', () => {
  fc.assert(
    fc.property(code, made => {
      expect(showCode(made)).toMatch(/^SAHM(-[0-9A-HJKMNP-TV-Z]{4}){4}$/);
    }),
  );
});

test('every character is as likely as any other', () => {
  const all = Array.from({ length: 256 }, (_, byte) =>
    makeCode(() => new Uint8Array(16).fill(byte)),
  );
  expect(new Set(all).size).toBe(32);
  for (const made of new Set(all)) expect(all.filter(each => each === made)).toHaveLength(8);
});

test('a code has 80 bits: none of its 16 bytes is without effect', () => {
  const bytes = new Uint8Array(16);
  const before = makeCode(() => bytes);
  for (let at = 0; at < 16; at++) {
    const changed = Uint8Array.from(bytes);
    changed[at] = 17;
    expect(makeCode(() => changed)).not.toBe(before);
  }
});

const inDigits = (zero: number) => (text: string) =>
  text.replace(/\d/g, digit => String.fromCodePoint(zero + Number(digit)));
const WAYS: Array<[string, (shown: string) => string]> = [
  ['as it is shown', shown => shown],
  ['in small letters', shown => shown.toLowerCase()],
  ['without hyphens', shown => shown.replaceAll('-', '')],
  ['without the word before it', shown => shown.slice('SAHM-'.length)],
  ['with spaces', shown => ` ${shown.replaceAll('-', '  ')}\n`],
  ['with dashes', shown => shown.replaceAll('-', ' – ')],
  ['in Persian digits', inDigits(0x6f0)],
  ['in Arabic digits', inDigits(0x660)],
  [
    'in wide letters',
    shown => shown.replace(/[0-9A-Z]/g, each => String.fromCodePoint(each.charCodeAt(0) + 0xfee0)),
  ],
  [
    'with O, I and L for digits',
    shown => shown.replaceAll('0', 'o').replace('1', 'I').replaceAll('1', 'l'),
  ],
  ['with marks of direction', shown => `\u202a${shown.replaceAll('-', '\u200c-\u200f')}\u202c`],
];
test.each(WAYS)('it is read %s', (_, write) => {
  fc.assert(
    fc.property(code, made => {
      expect(readCode(write(showCode(made)))).toBe(made);
    }),
  );
});

test('any text at all is judged, and what is no code is none', () => {
  const made = makeCode(randomBytes);
  for (const text of [
    '',
    'SAHM',
    made.slice(1),
    `${made}0`,
    `${made.slice(1)}U`,
    `${made}${made}`,
  ]) {
    expect([text, readCode(text)]).toEqual([text, null]);
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const read = readCode(text);
      if (read !== null) expect(read).toMatch(/^[0-9A-HJKMNP-TV-Z]{16}$/);
    }),
  );
});
