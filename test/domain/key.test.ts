import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hasValidForm, keyLast4, keyPrefix, makeKey } from '../../src/domain/key.js';

const ALPHABET = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'];
const key = fc.infiniteStream(fc.integer({ min: 0, max: 255 })).map(bytes => {
  return makeKey(count => Uint8Array.from({ length: count }, () => bytes.next().value as number));
});

test('a made key has the form: prefix, 30 random characters, 6 of a checksum', () => {
  fc.assert(
    fc.property(key, made => {
      expect(made).toMatch(/^sahm_live_[0-9A-Za-z]{36}$/);
      expect(hasValidForm(made)).toBe(true);
    }),
  );
});

test('the checksum is the CRC32 of zip over all before it, in base62 padded with 0', () => {
  fc.assert(
    fc.property(key, made => {
      const digits = [...made.slice(-6)].map(digit => ALPHABET.indexOf(digit));
      const value = digits.reduce((sum, digit) => sum * 62 + digit, 0);
      expect(value).toBe(crc32(made.slice(0, -6)));
    }),
  );
});

test('a key with any one character changed, lost, doubled or swapped with its neighbour is refused', () => {
  fc.assert(
    fc.property(key, fc.nat(45), fc.constantFrom(...ALPHABET), (made, at, other) => {
      const wrong = [
        made.slice(0, at) + other + made.slice(at + 1),
        made.slice(0, at) + made.slice(at + 1),
        made.slice(0, at) + made[at] + made.slice(at),
        made.slice(0, at) + (made[at + 1] ?? '') + made[at] + made.slice(at + 2),
      ];
      for (const text of wrong) expect(hasValidForm(text)).toBe(text === made);
    }),
  );
});

test('any text at all is judged, and what is no key is refused', () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(text, key, (around, made) => {
      expect(hasValidForm(around)).toBe(false);
      if (around !== '') expect(hasValidForm(made + around)).toBe(false);
      if (around !== '') expect(hasValidForm(around + made)).toBe(false);
    }),
  );
  expect(hasValidForm('\ud800'.repeat(46))).toBe(false);
});

test('a text of another form is no key, also with a right checksum', () => {
  const withChecksum = (text: string) => {
    let rest = crc32(text);
    let checksum = '';
    for (let place = 0; place < 6; place++) {
      checksum = ALPHABET[rest % 62] + checksum;
      rest = Math.floor(rest / 62);
    }
    return text + checksum;
  };
  expect(hasValidForm(withChecksum(`sahm_live_${'0'.repeat(30)}`))).toBe(true);
  for (const text of [`sahm_test_${'0'.repeat(30)}`, `sahm_live_${'-'.repeat(30)}`]) {
    expect(hasValidForm(withChecksum(text))).toBe(false);
  }
});

test('bytes that would favour some characters are drawn again', () => {
  const drawn = [250, 255, 248, 247];
  const made = makeKey(count => Uint8Array.from({ length: count }, () => drawn.shift() ?? 0));
  expect(made.slice(10, 40)).toBe(`z${'0'.repeat(29)}`);
});

test('keys do not repeat', () => {
  const keys = Array.from({ length: 1_000 }, () => makeKey(randomBytes));
  expect(new Set(keys).size).toBe(keys.length);
});

test('what is shown of a key is its beginning and its last 4 characters', () => {
  const made = makeKey(() => new Uint8Array(30));
  expect(keyPrefix(made)).toBe('sahm_live_0000');
  expect(keyLast4(made)).toBe(made.slice(42));
});
