import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { readPublicKeys } from '../../src/cli/receipt/keys.js';
import { verifyFile } from '../../src/cli/receipt/verify.js';
import { jsonStatement } from '../../src/http/statements/files.js';
import type { Head } from '../../src/http/statements/views.js';
import type { ListedWire } from '../../src/http/statements/wire.js';
import { createReceiptSigner } from '../../src/store/secrets/receiptSigner.js';

const encryptionKey = randomBytes(32);
const signingKey = randomBytes(32).toString('base64');
const signer = createReceiptSigner({ signingKey, encryptionKey, formerPublicKeys: [] });
const keysOf = (file: unknown) => {
  const keys = readPublicKeys(typeof file === 'string' ? file : JSON.stringify(file));
  if (!keys) throw new Error('no keys');
  return keys;
};
const keys = keysOf({ keys: signer.publicKeys });

const receipt = {
  version: 1,
  issuer: { url: 'https://api.shop.example', name: 'فروشگاه «سهم»' },
  license: '0190a000-0000-7000-8000-000000000001',
  model: 'openai/gpt-4o-mini',
  units: 1234,
};
const signedReceipt = JSON.stringify({ receipt, jws: signer.sign(receipt) });

const row = (units: number): ListedWire => ({
  request_id: '0190a000-0000-7000-8000-000000000002',
  at: '2026-11-29T10:00:00.000Z',
  provider: 'openrouter',
  model: 'مدل/آزمایشی',
  unit: 'microusd',
  units,
  prompt_tokens: 3,
  completion_tokens: null,
});
const head = { version: 1, issuer: receipt.issuer, period: '1405-09', balance: null } as Head;

async function statementOf(rows: ListedWire[]): Promise<string> {
  const listed = async function* () {
    for (const each of rows) yield [each];
  };
  let whole = '';
  for await (const text of jsonStatement({ head, listed }, signer.sign)) whole += text;
  return whole;
}

test('a receipt and a statement are what was signed, and any other byte in them is found', async () => {
  for (const text of [signedReceipt, await statementOf([row(5), row(7)])]) {
    expect(verifyFile(text, keys)).toMatchObject({ kind: 'valid' });
    const bytes = Buffer.from(text);
    const missed = [1, 2, 4].flatMap(bit =>
      [...bytes.keys()].filter(at => {
        const changed = Buffer.from(bytes);
        changed[at] = (bytes[at] as number) ^ bit;
        return verifyFile(changed.toString('utf8'), keys).kind === 'valid';
      }),
    );
    expect(missed).toEqual([]);
    // Written in another form it says the same.
    const pretty = JSON.stringify(JSON.parse(text), null, 2);
    expect(verifyFile(pretty, keys)).toMatchObject({ kind: 'valid' });
  }
});

test('requests that are added, left out or in another order are found', async () => {
  const whole = JSON.parse(await statementOf([row(5), row(7)]));
  const [first, second] = whole.requests;
  for (const requests of [[first], [second, first], [first, second, second], []]) {
    const verdict = verifyFile(JSON.stringify({ ...whole, requests }), keys);
    expect(verdict).toEqual({ kind: 'invalid', fault: 'requests_differ' });
  }
  const more = verifyFile(JSON.stringify({ ...whole, paid: true }), keys);
  expect(more).toEqual({ kind: 'invalid', fault: 'not_a_receipt' });
});

test('a field that is written twice is found, wherever it stands', async () => {
  const statement = await statementOf([row(5)]);
  for (const [text, at] of [
    [signedReceipt, '"units":'],
    [signedReceipt, '"jws":'],
    [signedReceipt, '"url":'],
    [statement, '"requests":'],
    [statement, '"provider":'],
  ] as const) {
    for (const first of ['0,', '"a\\":\\\\",', '{"units":0},']) {
      const twice = text.replace(at, `${at} ${first}${at}`);
      expect(JSON.parse(twice)).toEqual(JSON.parse(text));
      expect(verifyFile(twice, keys)).toEqual({ kind: 'invalid', fault: 'content_differs' });
    }
  }
});

test('only the service’s own keys count, in every form in which they are stored', () => {
  const [jwk] = signer.publicKeys;
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const pem = (key: KeyObject) => String(key.export({ format: 'pem', type: 'spki' }));
  expect(verifyFile(signedReceipt, keysOf(jwk))).toMatchObject({ kind: 'valid' });
  expect(verifyFile(signedReceipt, keysOf(pem(publicKey)))).toEqual({
    kind: 'invalid',
    fault: 'unknown_key',
  });
  const forge = (header: object, key = privateKey) => {
    const parts = [header, receipt].map(part =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    const signature = sign(null, Buffer.from(parts.join('.')), key).toString('base64url');
    return JSON.stringify({ receipt, jws: [...parts, signature].join('.') });
  };
  const header = { alg: 'EdDSA', kid: jwk?.kid, typ: 'sahm-receipt+jws' };
  for (const forged of [header, { ...header, alg: 'none' }, { ...header, jwk }]) {
    const verdict = verifyFile(forge(forged), keys);
    expect(verdict).toEqual({ kind: 'invalid', fault: 'bad_signature' });
  }
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
  expect(readPublicKeys(pem(rsa))).toBeNull();
  expect(readPublicKeys('nothing')).toBeNull();
});

test('after a change of the key old receipts are checked with what the service still lists', () => {
  // The first key is made of the encryption key, and is listed without being named.
  const before = createReceiptSigner({
    signingKey: undefined,
    encryptionKey,
    formerPublicKeys: [],
  });
  const old = JSON.stringify({ receipt, jws: before.sign(receipt) });
  expect(verifyFile(old, keys)).toMatchObject({ kind: 'valid' });
  const next = createReceiptSigner({
    signingKey: randomBytes(32).toString('base64'),
    encryptionKey,
    formerPublicKeys: [signer.publicKeys[0]?.x as string],
  });
  const listed = keysOf({ keys: next.publicKeys });
  expect(verifyFile(signedReceipt, listed)).toMatchObject({ kind: 'valid' });
  const [signing, ...former] = next.publicKeys.map(({ kid }) => kid);
  expect(former.sort()).toEqual(signer.publicKeys.map(({ kid }) => kid).sort());
  expect(former).not.toContain(signing);
});

test('a statement is written while it is read, however many requests it has', async () => {
  let read = 0;
  const listed = async function* () {
    for (; ; read++) yield [row(read)];
  };
  let written = 0;
  for await (const text of jsonStatement({ head, listed }, signer.sign)) {
    expect(read).toBeLessThanOrEqual(written);
    expect(text.length).toBeLessThan(1_000);
    if (++written === 200) break;
  }
});
