import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { hasValidForm } from '../../../src/domain/key.js';
import { createKeyVault } from '../../../src/store/secrets/keyVault.js';

const pepper = 'p'.repeat(32);
const encryptionKey = randomBytes(32);
const vault = createKeyVault({ pepper, encryptionKey });
const KEY_ID = '01890000-0000-7000-8000-000000000001';

test('a sealed key opens to itself, and two seals of one key differ', () => {
  const key = vault.make();
  expect(hasValidForm(key)).toBe(true);
  const sealed = vault.seal(key, KEY_ID);
  expect(vault.open(sealed, KEY_ID)).toBe(key);
  expect(vault.seal(key, KEY_ID)).not.toEqual(sealed);
  expect(Buffer.from(sealed).includes(key.slice(10))).toBe(false);
});

test('a sealed key does not open for another row, with another encryption key, or changed', () => {
  const sealed = vault.seal(vault.make(), KEY_ID);
  const other = createKeyVault({ pepper, encryptionKey: randomBytes(32) });
  expect(() => vault.open(sealed, KEY_ID.replace(/1$/, '2'))).toThrow();
  expect(() => other.open(sealed, KEY_ID)).toThrow();
  for (let index = 0; index < sealed.length; index++) {
    const changed = sealed.slice();
    changed[index] = (changed[index] as number) ^ 1;
    expect(() => vault.open(changed, KEY_ID)).toThrow();
  }
  for (let length = 0; length < sealed.length; length++) {
    expect(() => vault.open(sealed.slice(0, length), KEY_ID)).toThrow();
  }
});

test('a digest is the same for the same key and pepper only', () => {
  const key = vault.make();
  const other = createKeyVault({ pepper: 'q'.repeat(32), encryptionKey });
  expect(vault.digest(key)).toEqual(vault.digest(key));
  expect(vault.digest(key)).toHaveLength(32);
  expect(vault.digest(key)).not.toEqual(vault.digest(vault.make()));
  expect(vault.digest(key)).not.toEqual(other.digest(key));
});
