// The packed client: what is in it, and that it can be required and imported.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Packed, packSdk, run } from './packed.js';

let packed: Packed;
beforeAll(async () => {
  packed = await packSdk();
});
afterAll(() => packed.remove());

/** The names that the package has, by either way of loading it. */
const NAMES = [
  'ApiError',
  'AuthenticationError',
  'ConflictError',
  'ConnectionError',
  'InvalidRequestError',
  'NotFoundError',
  'PermissionError',
  'QuotaExhaustedError',
  'QuotaReservedError',
  'RateLimitError',
  'Sahm',
  'SahmAdministration',
  'SahmError',
  'ServiceError',
  'Stream',
  'TimeoutError',
  'UpstreamError',
];

/** This Node, and others where `SDK_NODES` names them: paths, separated by commas. */
const NODES = [process.execPath, ...(process.env.SDK_NODES?.split(',') ?? [])];

describe.each(NODES)('with %s', node => {
  test('require gives the class, with all names on it', async () => {
    const program = join(packed.folder, 'required.cjs');
    await writeFile(
      program,
      `const Client = require('sahm-sdk');
       const client = new Client({ apiKey: 'key', baseUrl: 'http://localhost' });
       console.log(JSON.stringify([client instanceof Client.Sahm, Object.keys(Client).sort()]));`,
    );
    const { stdout } = await run(node, [program]);
    expect(JSON.parse(stdout)).toEqual([true, NAMES]);
  });

  test('import gives the same names, and the class by default too', async () => {
    const program = join(packed.folder, 'imported.mjs');
    await writeFile(
      program,
      `import Client, * as all from 'sahm-sdk';
       const client = new Client({ apiKey: 'key', baseUrl: 'http://localhost' });
       console.log(JSON.stringify([client instanceof all.Sahm, Object.keys(all).sort()]));`,
    );
    const { stdout } = await run(node, [program]);
    expect(JSON.parse(stdout)).toEqual([true, [...NAMES, 'default']]);
  });
});

test('a program in TypeScript has the types, as an ES module and as CommonJS', async () => {
  const text = `
    import { type Answer, type ChatCompletion, Sahm, SahmAdministration } from 'sahm-sdk';
    const client = new Sahm();
    const request = { model: 'm', messages: [{ role: 'user' as const, content: 'Hello' }] };
    export const answer: Promise<Answer<ChatCompletion>> = client.chat.completions.create(request);
    export async function read(): Promise<string | null | undefined> {
      for await (const chunk of await client.chat.completions.create({ ...request, stream: true })) {
        if (chunk.quota) return chunk.choices[0]?.delta.content;
      }
      return (await client.license.get()).data.grants[0]?.lasts;
    }
    const admin = new SahmAdministration();
    export const key = async (): Promise<string> =>
      (await admin.post('/admin/api/licenses', { body: { plan: 'pro', email: 'a@example.com' } })).data.key;
    // @ts-expect-error there is no such route
    admin.get('/admin/api/nothing');
    // @ts-expect-error the route needs its body
    admin.post('/admin/api/licenses');
    // @ts-expect-error the license must be named
    admin.post('/admin/api/licenses/{id}/suspend', { body: {} });
    // @ts-expect-error a chat needs a model
    client.chat.completions.create({ messages: [] });
  `;
  const files = ['typed.mts', 'typed.cts'].map(name => join(packed.folder, name));
  for (const file of files) await writeFile(file, text);
  const options = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
  ];
  const lib = ['--lib', 'es2022,dom', '--types', ''];
  const tsc = 'node_modules/typescript/bin/tsc';
  const checked = run(process.execPath, [tsc, ...options, ...lib, ...files]);
  expect(await checked.catch(failed => failed)).toMatchObject({ stdout: '' });
});

test('publint and attw have nothing to say', async () => {
  const { publint } = await import('publint');
  const { messages } = await publint({
    pkgDir: join(packed.folder, 'node_modules/sahm-sdk'),
    pack: false,
    strict: true,
  });
  expect(messages).toEqual([]);
  const attw = 'node_modules/@arethetypeswrong/cli/dist/index.js';
  const { stdout } = await run(process.execPath, [attw, '--no-emoji', packed.tarball]);
  expect(stdout).toContain('No problems found');
});

test('it needs no other package, runs no script at its installation, and is small', () => {
  const folder = join(packed.folder, 'node_modules/sahm-sdk');
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  for (const field of ['dependencies', 'peerDependencies', 'optionalDependencies', 'scripts']) {
    expect(manifest[field]).toBeUndefined();
  }
  expect(readdirSync(folder).sort()).toEqual(['README.md', 'dist', 'package.json']);
  expect(statSync(packed.tarball).size).toBeLessThan(100_000);
});
