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
