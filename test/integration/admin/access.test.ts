// Calls every route as every kind of caller and compares with a written row. A route without one fails.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { createApp } from '../../../src/app.js';
import { routesOf, shopRoutes } from '../../harness/routes.js';
import { PASSWORD, type Service, startService } from '../../harness/service.js';
import { shiftClock } from '../../harness/testDatabase.js';

const ACTORS =
  'nobody holderA holderB viewer operator owner expired disabled viewerToken operatorToken'.split(
    ' ',
  );
/** `ok`: any answer that does not refuse the caller. The act itself may still refuse the request. */
const ANYBODY = 'ok ok ok ok ok ok ok ok ok ok';
const HOLDERS = '401 ok ok 401 401 401 401 401 401 401';
/** Without any key a chat lacks a field, which is 400 and not 401. */
const CHATS = 'ok ok ok 401 401 401 401 401 401 401';
const CHATS_OPENAI = '401 ok ok 401 401 401 401 401 401 401';
/** Everybody may read models. A wrong key is refused, but only after the model was looked up. */
const MODELS = 'ok ok ok 401 401 401 401 401 401 401';
const NOBODY = '401 401 401 401 401 401 401 401 401 401';
/** Works without a key too, but a wrong key is refused. */
const CHECKOUT = 'ok ok ok 401 401 401 401 401 401 401';
/** Of shops: a signature is asked only by one that is on. */
const OFF = ANYBODY;
const VIEWERS = '401 401 401 ok ok ok 401 401 ok ok';
const OPERATORS = '401 401 401 403 ok ok 401 401 403 ok';
const OWNERS = '401 401 401 403 403 ok 401 401 403 403';

const EXPECTED: Record<string, string> = {
  'GET /healthz': ANYBODY,
  'GET /media/{name}': ANYBODY,
  'GET /readyz': ANYBODY,
  'GET /metrics': ANYBODY,
  'GET /openapi.json': ANYBODY,
  'POST /api/chat_v3': CHATS,
  'POST /api/chat_v3.php': CHATS,
  'POST /v1/chat/completions': CHATS_OPENAI,
  'POST /v1/responses': CHATS_OPENAI,
  'POST /api/v1/responses': CHATS_OPENAI,
  'POST /v1/responses/input_tokens': CHATS_OPENAI,
  'POST /api/v1/responses/input_tokens': CHATS_OPENAI,
  'GET /v1/responses/{id}': HOLDERS,
  'DELETE /v1/responses/{id}': HOLDERS,
  'GET /v1/responses/{id}/input_items': HOLDERS,
  'GET /api/v1/responses/{id}': HOLDERS,
  'DELETE /api/v1/responses/{id}': HOLDERS,
  'GET /api/v1/responses/{id}/input_items': HOLDERS,
  'POST /v1/estimate': CHATS_OPENAI,
  'POST /api/v1/estimate': CHATS_OPENAI,
  'POST /v1/embeddings': CHATS_OPENAI,
  'POST /v1/messages': CHATS_OPENAI,
  'POST /api/v1/messages': CHATS_OPENAI,
  'POST /v1/messages/count_tokens': CHATS_OPENAI,
  'POST /api/v1/messages/count_tokens': CHATS_OPENAI,
  'POST /api/v1/embeddings': CHATS_OPENAI,
  'POST /envelope/v1/chat/completions': CHATS_OPENAI,
  'POST /envelope/v1/code/completions': CHATS_OPENAI,
  'POST /envelope/v1/images/generations': CHATS_OPENAI,
  'POST /envelope/v1/audio/generations': CHATS_OPENAI,
  'POST /envelope/v1/video/generations': CHATS_OPENAI,
  'GET /envelope/v1/video/generations/{id}': HOLDERS,
  'POST /v1/videos': CHATS_OPENAI,
  'POST /api/v1/videos': CHATS_OPENAI,
  'GET /v1/videos': HOLDERS,
  'DELETE /v1/videos/{id}': HOLDERS,
  'GET /api/v1/videos': HOLDERS,
  'DELETE /api/v1/videos/{id}': HOLDERS,
  'GET /v1/videos/{id}': HOLDERS,
  'GET /api/v1/videos/{id}': HOLDERS,
  'GET /v1/videos/{id}/content': HOLDERS,
  'GET /api/v1/videos/{id}/content': HOLDERS,
  'POST /v1/moderations': CHATS_OPENAI,
  'POST /api/v1/moderations': CHATS_OPENAI,
  'POST /v1/images/generations': CHATS_OPENAI,
  'POST /api/v1/images/generations': CHATS_OPENAI,
  'POST /v1/images/edits': CHATS_OPENAI,
  'POST /api/v1/images/edits': CHATS_OPENAI,
  'POST /v1/audio/speech': CHATS_OPENAI,
  'POST /api/v1/audio/speech': CHATS_OPENAI,
  'POST /v1/audio/transcriptions': CHATS_OPENAI,
  'POST /api/v1/audio/transcriptions': CHATS_OPENAI,
  'POST /api/v1/chat/completions': CHATS_OPENAI,
  'GET /v1/models': MODELS,
  'GET /api/v1/models': MODELS,
  'GET /v1/models/{id}': ANYBODY,
  'GET /api/v1/models/{id}': ANYBODY,
  'GET /api/license/usage': HOLDERS,
  'GET /api/license': HOLDERS,
  'POST /api/license/billing-portal': HOLDERS,
  'GET /api/plans': ANYBODY,
  'POST /api/checkout': CHECKOUT,
  'POST /api/redeem': CHECKOUT,
  'POST /claim/{token}': ANYBODY,
  'POST /api/sign-in': ANYBODY,
  'DELETE /api/sign-in': ANYBODY,
  'POST /api/sign-in/{token}': ANYBODY,
  // The buyer's cookie decides, and none of the callers sends one.
  'POST /api/license/reveal': NOBODY,
  'GET /api/account': ANYBODY,
  ...Object.fromEntries(shopRoutes().map(route => [route, OFF])),
  'GET /admin/api/purchases': VIEWERS,
  'GET /admin/api/purchases/{id}': VIEWERS,
  'POST /admin/api/purchases/{id}/replay': OPERATORS,
  'POST /admin/api/purchases/{id}/assign': OPERATORS,
  'POST /admin/api/purchases/{id}/settle': OPERATORS,
  'POST /admin/api/codes': OPERATORS,
  'GET /admin/api/codes': VIEWERS,
  'DELETE /admin/api/codes/{id}': OPERATORS,
  'POST /api/license/status': HOLDERS,
  'GET /api/license/requests': HOLDERS,
  'GET /api/license/purchases': HOLDERS,
  'GET /api/license/refusals': HOLDERS,
  'GET /api/license/balance': HOLDERS,
  'GET /api/license/statements': HOLDERS,
  'GET /api/license/statements/{period}': HOLDERS,
  'GET /api/license/requests/{id}/receipt': HOLDERS,
  'GET /.well-known/jwks.json': ANYBODY,
  'POST /api/license/rotate': HOLDERS,
  'GET /api/license/keys': HOLDERS,
  'GET /api/license/notices': HOLDERS,
  'PATCH /api/license/notices': HOLDERS,
  'GET /unsubscribe/{token}': ANYBODY,
  'POST /unsubscribe/{token}': ANYBODY,
  'POST /api/license/keys': HOLDERS,
  'PATCH /api/license/keys/{key}': HOLDERS,
  'DELETE /api/license/keys/{key}': HOLDERS,
  'POST /api/license/keys/{key}/rotate': HOLDERS,
  // Signing in needs no token. The empty body is refused, which says nothing about the caller.
  'POST /admin/api/session': ANYBODY,
  // API tokens have no session.
  'POST /admin/api/session/refresh': '401 401 401 ok ok ok 401 401 401 401',
  'DELETE /admin/api/session': VIEWERS,
  'POST /admin/api/session/password': VIEWERS,
  'GET /admin/api/session/second-factor': VIEWERS,
  'POST /admin/api/session/second-factor': VIEWERS,
  'POST /admin/api/session/second-factor/confirm': VIEWERS,
  'POST /admin/api/session/second-factor/remove': VIEWERS,
  'POST /admin/api/licenses': OPERATORS,
  'POST /admin/api/licenses/bulk': OPERATORS,
  'GET /admin/api/licenses': VIEWERS,
  'POST /admin/api/licenses/lookup': VIEWERS,
  'GET /admin/api/licenses/{id}': VIEWERS,
  'PATCH /admin/api/licenses/{id}': OPERATORS,
  'POST /admin/api/licenses/{id}/suspend': OPERATORS,
  'POST /admin/api/licenses/{id}/reinstate': OPERATORS,
  'POST /admin/api/licenses/{id}/revoke': OPERATORS,
  'POST /admin/api/licenses/{id}/undo': OPERATORS,
  'POST /admin/api/licenses/{id}/rotate': OPERATORS,
  'POST /admin/api/licenses/{id}/send-key': OPERATORS,
  'POST /admin/api/licenses/{id}/reveal': OWNERS,
  'GET /admin/api/licenses/{id}/keys': VIEWERS,
  'POST /admin/api/licenses/{id}/keys': OPERATORS,
  'PATCH /admin/api/licenses/{id}/keys/{key}': OPERATORS,
  'DELETE /admin/api/licenses/{id}/keys/{key}': OPERATORS,
  'POST /admin/api/licenses/{id}/keys/{key}/rotate': OPERATORS,
  'GET /admin/api/licenses/{id}/timeline': VIEWERS,
  'GET /admin/api/licenses/{id}/requests': VIEWERS,
  'GET /admin/api/licenses/{id}/refusals': VIEWERS,
  'GET /admin/api/licenses/{id}/balance': VIEWERS,
  'GET /admin/api/requests/{id}': VIEWERS,
  'GET /admin/api/requests/{id}/receipt': VIEWERS,
  'GET /admin/api/licenses/{id}/statements': VIEWERS,
  'GET /admin/api/licenses/{id}/statements/{period}': VIEWERS,
  'POST /admin/api/licenses/{id}/grants': OPERATORS,
  'DELETE /admin/api/licenses/{id}/grants/{grant}': OPERATORS,
  'GET /admin/api/notices': VIEWERS,
  'POST /admin/api/notices/{id}/redeliver': OPERATORS,
  'GET /admin/api/webhook-endpoints': OWNERS,
  'POST /admin/api/webhook-endpoints': OWNERS,
  'PATCH /admin/api/webhook-endpoints/{id}': OWNERS,
  'DELETE /admin/api/webhook-endpoints/{id}': OWNERS,
  'GET /admin/api/shops/{shop}/check': VIEWERS,
  'GET /admin/api/usage': VIEWERS,
  'GET /admin/api/usage/sales': VIEWERS,
  'GET /admin/api/usage/refusals': VIEWERS,
  'GET /admin/api/exports/{file}': VIEWERS,
  'GET /admin/api/verify': VIEWERS,
  'GET /admin/api/audit': VIEWERS,
  'GET /admin/api/backup': OWNERS,
  'GET /admin/api/jobs': VIEWERS,
  'GET /admin/api/upstreams': VIEWERS,
  'POST /admin/api/jobs/{name}/run': OWNERS,
  'GET /admin/api/catalog': VIEWERS,
  'POST /admin/api/catalog/validate': VIEWERS,
  'POST /admin/api/catalog/reload': OWNERS,
  'GET /admin/api/administrators': OWNERS,
  'POST /admin/api/administrators': OWNERS,
  'PATCH /admin/api/administrators/{id}': OWNERS,
  'POST /admin/api/administrators/{id}/reset-second-factor': OWNERS,
  'GET /admin/api/tokens': VIEWERS,
  // A token cannot create tokens.
  'POST /admin/api/tokens': '401 401 401 ok ok ok 401 401 403 403',
  'DELETE /admin/api/tokens/{id}': VIEWERS,
};

/** Complete bodies, for routes that would refuse an empty one before the caller is known. */
const CHAT = { model: 'qwen/qwen-2.5-7b-instruct', prompt: 'x' };
const MESSAGES = { model: CHAT.model, messages: [{ role: 'user', content: 'x' }] };
const BODIES: Record<string, object> = {
  'POST /v1/chat/completions': MESSAGES,
  'POST /api/v1/chat/completions': MESSAGES,
  'POST /api/chat_v3': CHAT,
  'POST /api/chat_v3.php': CHAT,
  'POST /admin/api/tokens': { name: 'x' },
};

let service: Service;
let routes: string[];
beforeAll(async () => {
  service = await startService({ env: { TRUST_PROXY: '1' } });
  routes = routesOf(createApp(service.deps));
});
afterAll(() => service.close());

test('every route has a row here and is in the OpenAPI document, and nothing else is', async () => {
  expect(Object.keys(EXPECTED).sort()).toEqual(routes);
  const { paths } = (await service.call('GET', '/openapi.json')).body as {
    paths: Record<string, Record<string, unknown>>;
  };
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map(method => `${method.toUpperCase()} ${path}`),
  );
  expect(described.sort()).toEqual(routes);
});

test('an API token is told that it takes a session to make another one, and not a role', async () => {
  const token = await tokenOf('operatorToken');
  const body = { name: 'x', role: 'viewer' };
  const refused = await service.call('POST', '/admin/api/tokens', { token, body });
  expect(refused.status).toBe(403);
  const message = expect.stringContaining('session');
  expect(refused.body.error).toEqual({ code: 'forbidden', message });
});

test('the matrix finds a route that has no row', () => {
  const app = createApp(service.deps);
  app.get('/admin/api/forgotten', (_request, response) => void response.end());
  expect(routesOf(app)).toContain('GET /admin/api/forgotten');
});

/** A new session each time: signing out must not end the session of the next row. */
async function tokenOf(actor: string): Promise<string | undefined> {
  if (actor === 'nobody') return undefined;
  if (actor.startsWith('holder')) return (await service.issue('pro')).key;
  if (actor.endsWith('Token')) {
    const token = await service.signInAs(actor === 'viewerToken' ? 'viewer' : 'operator');
    const made = await service.call('POST', '/admin/api/tokens', { token, body: { name: 'x' } });
    return made.body.token as string;
  }
  if (actor === 'disabled') {
    const email = `${uuidv7()}@example.com`;
    const id = await service.createAdministrator(email, 'owner');
    const body = { email, password: PASSWORD };
    const signedIn = await service.call('POST', '/admin/api/session', { body });
    const { prisma } = service.database;
    await prisma.$executeRaw`UPDATE administrator SET disabled_at = sahm_now() WHERE id = ${id}::uuid`;
    return signedIn.body.token as string;
  }
  if (actor === 'expired') {
    await shiftClock(service.database.prisma, '-20 minutes');
    const token = await service.signInAs('owner');
    await shiftClock(service.database.prisma, '0');
    return token;
  }
  return service.signInAs(actor as 'viewer' | 'operator' | 'owner');
}

test('every caller gets the expected answer on every route', async () => {
  const found: Record<string, string> = {};
  for (const [index, actor] of ACTORS.entries()) {
    const token = await tokenOf(actor);
    // Each from an address of its own: one alone may not try so many wrong keys.
    const headers = { 'X-Forwarded-For': `198.51.100.${index}` };
    for (const route of Object.keys(EXPECTED)) {
      const [method = '', path = ''] = route.split(' ');
      const own = route === 'DELETE /admin/api/session' ? await tokenOf(actor) : token;
      const target = path
        .replaceAll(/\{(?:id|grant)\}/g, uuidv7())
        .replaceAll(/\{\w+\}/g, 'unknown');
      const body = method === 'POST' || method === 'PATCH' ? (BODIES[route] ?? {}) : undefined;
      const { status } = await service.call(method, target, { token: own, body, headers });
      const shown = [401, 403].includes(status) ? String(status) : 'ok';
      // Routes that sell answer 503, because no shop is configured.
      expect(status === 503 || status < 500).toBe(true);
      // An empty sign-in is refused with 400, which says nothing about the caller.
      found[route] = [...(found[route]?.split(' ') ?? []), shown].join(' ');
    }
  }
  expect(found).toEqual(EXPECTED);
});

test('a caller without access is refused before the body is read; with access, every unknown field is refused', async () => {
  const before = await dump();
  const owner = await service.signInAs('owner');
  const withBodies = routes.filter(
    route => /^(?:POST|PATCH) \/admin\//.test(route) && !route.endsWith('/refresh'),
  );
  for (const route of withBodies) {
    const [method = '', path = ''] = route.split(' ');
    const target = path.replaceAll(/\{\w+\}/g, uuidv7());
    for (const name of ['id', 'used', 'created_at', '__proto__', 'surprise']) {
      const body = `{"${name}": 1}`;
      const refused = await service.call(method, target, { token: owner, body });
      expect([route, name, refused.status]).toEqual([route, name, 400]);
      if (path !== '/admin/api/session') {
        expect((await service.call(method, target, { body })).status).toBe(401);
      }
    }
  }
  expect(await dump()).toEqual({ ...before, administrators: before.administrators + 1 });
});

async function dump() {
  const { prisma } = service.database;
  return {
    licenses: await prisma.license.count(),
    grants: await prisma.grant.count(),
    administrators: await prisma.administrator.count(),
    tokens: await prisma.adminToken.count(),
    audit: await prisma.auditEntry.count(),
  };
}

test('another holder’s data is never visible', async () => {
  const one = await service.issue('pro');
  const other = await service.issue('vip');
  await service.post('/api/chat_v3', { api_key: other.key, ...CHAT });
  const shown = JSON.stringify([
    (await service.call('GET', '/api/license', { token: one.key })).body,
    (await service.call('GET', '/api/license/requests', { token: one.key })).body,
    (await service.post('/api/license/status', { api_key: one.key })).body,
  ]);
  expect(shown).not.toMatch(/vip/);
  expect(shown).toMatch(/"requests":\[\]/);
});

test('foreign, unknown and malformed ids get the same answer', async () => {
  const token = await service.signInAs('owner');
  const ids = [uuidv7(), 'x', "';DROP TABLE license", '%00', '..%2f', '0'.repeat(300)];
  const byId = routes.filter(route => /\/admin\/.*\{id\}/.test(route));
  for (const route of byId) {
    const [method = '', path = ''] = route.split(' ');
    const bodies: Record<string, object> = {
      grants: { product: '404' },
      assign: { email: 'a@example.com' },
      settle: { note: 'x' },
      keys: { name: 'x' },
    };
    const body =
      method === 'GET' || method === 'DELETE'
        ? undefined
        : (bodies[path.split('/').at(-1) ?? ''] ?? {});
    const answers = [];
    for (const id of ids) {
      const target = path.replaceAll(/\{\w+\}/g, encodeURIComponent(id));
      answers.push(await service.call(method, target, { token, body }));
    }
    expect([route, ...answers.map(({ status }) => status)]).toEqual([route, ...ids.map(() => 404)]);
    expect(new Set(answers.map(answer => JSON.stringify(answer.body))).size).toBe(1);
  }
});
