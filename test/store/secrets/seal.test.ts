import { expect, test } from '@jest/globals';
import { createKeyVault } from '../../../src/store/secrets/keyVault.js';
import { createSeal } from '../../../src/store/secrets/seal.js';

const encryptionKey = Buffer.alloc(32, 7);
const seal = createSeal(encryptionKey);
const ID = '01890000-0000-7000-8000-000000000001';

test('what earlier releases sealed can be read: a license key, a kept reply', () => {
  const key = 'AWlpAB1Zib8tlX1ZdB13oymFti4U9Cye3NGCjwm5VvMqyosMBciZ2RJkU5nbsTcBaZusIl0le1k=';
  const vault = createKeyVault({ pepper: 'p'.repeat(32), encryptionKey });
  expect(vault.open(Buffer.from(key, 'base64'), ID)).toBe('a key of an earlier release');
  const reply = 'AbUPd9ZqUCrZ34+3g4rUw30BUTcjLLlFgHvC3vwe7o2cPYCclqj1LX3Co9ilp2YHXVKc+xe606oP+Q==';
  const opened = seal.open(Buffer.from(reply, 'base64'), `reply ${ID}`);
  expect(opened.toString()).toBe('a reply of an earlier release');
});

test.each([
  ['text', 'سلام'],
  ['bytes', Uint8Array.of(0, 255, 128)],
  ['nothing', ''],
])('%s comes back as it was, at its own place only', (_name, content) => {
  const sealed = seal.close(content, 'a place');
  expect(seal.open(sealed, 'a place')).toEqual(Buffer.from(content as string));
  expect(() => seal.open(sealed, 'another place')).toThrow();
});
