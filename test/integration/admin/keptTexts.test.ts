// A key that somebody pastes into a text is refused: otherwise the audit log would keep it in clear for ever.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeKey } from '../../../src/domain/key.js';
import { type Service, startService } from '../../harness/service.js';

const KEY = makeKey(count => new Uint8Array(count).fill(7));
const PASTED = `the key ${KEY} was shared`;

let service: Service;
let token: string;
let license: string;
beforeAll(async () => {
  service = await startService();
  token = await service.signInAs('owner');
  license = (await service.issue('vip')).id;
});
afterAll(() => service.close());

/** Bodies that are valid except for one text, as `POST path` without `/admin/api`. */
const KEPT: Array<[route: string, body: object, field: string]> = [
  ['POST /licenses', { email: 'a@example.com', plan: 'pro', note: PASTED }, 'note'],
  ['POST /licenses', { email: `${KEY}@example.com`, plan: 'pro' }, 'email'],
  ['PATCH /licenses/{id}', { note: PASTED }, 'note'],
  ['PATCH /licenses/{id}', { email: `${KEY}@example.com` }, 'email'],
  [
    'POST /licenses/bulk',
    { key: PASTED, changes: [{ license: 'a@example.com', plan: 'pro' }] },
    'key',
  ],
  ['POST /purchases/{id}/assign', { email: `${KEY}@example.com` }, 'email'],
  ['POST /purchases/{id}/settle', { note: PASTED }, 'note'],
  ['POST /codes', { product: '404', count: 1, note: PASTED }, 'note'],
  ['POST /licenses/{id}/suspend', { reason: PASTED }, 'reason'],
  ['POST /licenses/{id}/reinstate', { reason: PASTED }, 'reason'],
  ['POST /licenses/{id}/revoke', { reason: PASTED }, 'reason'],
  ['POST /licenses/{id}/grants', { product: '404', reason: PASTED }, 'reason'],
  ['POST /licenses/{id}/grants', { provider: 'openai', units: 1, reason: PASTED }, 'reason'],
  [
    'POST /administrators',
    { email: `${KEY}@x.example`, password: 'x'.repeat(12), role: 'viewer' },
    'email',
  ],
  ['POST /licenses/{id}/keys', { name: PASTED }, 'name'],
  ['PATCH /licenses/{id}/keys/{key}', { name: PASTED }, 'name'],
  ['POST /tokens', { name: PASTED }, 'name'],
  ['POST /webhook-endpoints', { url: `http://127.0.0.1/${KEY}` }, 'url'],
  ['PATCH /webhook-endpoints/{id}', { url: `http://127.0.0.1/${KEY}` }, 'url'],
];
/** Texts that are not stored, or are only compared with names that exist. */
const NOT_KEPT = [
  'POST /session email',
  'POST /session password',
  'POST /session code',
  'POST /session/password password',
  'POST /session/password new_password',
  'POST /session/second-factor password',
  'POST /session/second-factor/confirm code',
  'POST /session/second-factor/remove password',
  'POST /session/second-factor/remove code',
  'POST /licenses plan',
  'POST /licenses expires_at',
  'POST /licenses/lookup key',
  'PATCH /licenses/{id} plan',
  'PATCH /licenses/{id} expires_at',
  'PATCH /licenses/{id} plan_until',
  // Its lines are checked one by one, as those of a list are.
  'POST /licenses/bulk file',
  'POST /purchases/{id}/assign license_id',
  'POST /codes product',
  'POST /codes expires_at',
  'POST /licenses/{id}/grants product',
  'POST /licenses/{id}/grants provider',
  'POST /licenses/{id}/grants expires_at',
  'POST /administrators password',
  'POST /administrators role',
  'PATCH /administrators/{id} role',
  'PATCH /administrators/{id} password',
  'POST /tokens role',
  'POST /tokens expires_at',
];

function send(route: string, body: object, headers = {}) {
  const [method = '', path = ''] = route.split(' ');
  const id = path.startsWith('/licenses') ? license : '00000000-0000-7000-8000-000000000000';
  return service.call(method, `/admin/api${path.replace('{id}', id)}`, { token, body, headers });
}

test.each(KEPT)('%s %j: 400 that names the field', async (route, body, field) => {
  const { status, body: answer } = await send(route, body);
  expect([status, answer.error]).toMatchObject([
    400,
    { code: 'invalid_request', details: { field } },
  ]);
  expect(JSON.stringify(answer)).not.toContain(KEY);
});

test('the name of a rotation is stored too: a key in it is refused', async () => {
  const { status, body } = await send('POST /licenses/{id}/rotate', {}, { 'Idempotency-Key': KEY });
  expect([status, JSON.stringify(body).includes(KEY)]).toEqual([400, false]);
});

test('every text that administration takes is in one of the two lists', async () => {
  const { paths } = (await service.call('GET', '/openapi.json')).body as { paths: Paths };
  const found = Object.entries(paths).flatMap(([path, operations]) =>
    path.startsWith('/admin/api/')
      ? Object.entries(operations).flatMap(([method, { requestBody }]) => {
          const schema = requestBody?.content['application/json']?.schema;
          const name = `${method.toUpperCase()} ${path.slice('/admin/api'.length)}`;
          return textsOf(schema).map(field => `${name} ${field}`);
        })
      : [],
  );
  const listed = [...KEPT.map(([route, , field]) => `${route} ${field}`), ...NOT_KEPT];
  expect(found.length).toBeGreaterThan(15);
  expect([...new Set(found)].filter(each => !listed.includes(each))).toEqual([]);
});

test('the key is stored nowhere afterwards', async () => {
  const audit = await service.call('GET', '/admin/api/audit?limit=200', { token });
  expect(JSON.stringify(audit.body)).not.toContain(KEY);
});

interface Schema {
  type?: string | string[];
  enum?: unknown[];
  properties?: Record<string, Schema>;
  anyOf?: Schema[];
  oneOf?: Schema[];
}
type Paths = Record<
  string,
  Record<string, { requestBody?: { content: Record<string, { schema: Schema }> } }>
>;

/** The names of the fields that accept any text. */
function textsOf(schema: Schema | undefined): string[] {
  const { properties = {}, anyOf = [], oneOf = [] } = schema ?? {};
  const own = Object.entries(properties).filter(([, each]) => takesText(each));
  return [...own.map(([name]) => name), ...[...anyOf, ...oneOf].flatMap(textsOf)];
}

function takesText({ type, enum: values, anyOf = [], oneOf = [] }: Schema): boolean {
  if (values) return false;
  return [type].flat().includes('string') || [...anyOf, ...oneOf].some(takesText);
}
