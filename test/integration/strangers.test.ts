// What an unknown caller can cause: every route on which anybody can cause a write, a hash or an outside call
// is found in the OpenAPI document and in Express itself, and is flooded from one address.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createApp } from '../../src/app.js';
import { makeKey } from '../../src/domain/key.js';
import { makeCode } from '../../src/domain/redemptionCode.js';
import { routesOf, shopRoutes } from '../harness/routes.js';
import type { Answer } from '../harness/service.js';
import type { TestDatabase } from '../harness/testDatabase.js';
import { type Selling, startSelling } from './sellingFixture.js';

let selling: Selling;
const start = () => startSelling({ TRUST_PROXY: '1' });
beforeAll(async () => {
  selling = await start();
});
afterAll(() => selling.close());

const MOST_TRIES = 400;
/** Tries after the first refused one: their cost is measured. */
const REFUSED_TRIES = 40;
const AT_ONCE = 10;
/** This many floods do not use up the limit of all strangers together. */
const ROUTES_A_SERVICE = 6;
/** More than an allowed sign-in needs. */
const MOST_STATEMENTS = 20;

const someToken = () => randomBytes(32).toString('base64url');
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

type How = () => { headers?: Record<string, string>; body?: unknown };
const withKey: How = () => ({ headers: bearer(makeKey(randomBytes)), body: {} });
const withAdminToken: How = () => ({ headers: bearer(`sahm_admin_${someToken()}`) });
const chat: How = () => ({
  body: { api_key: makeKey(randomBytes), model: 'deepseek/deepseek-chat', prompt: 'x' },
});
const completion: How = () => ({
  headers: bearer(makeKey(randomBytes)),
  body: { model: 'deepseek/deepseek-chat', messages: [{ role: 'user', content: 'x' }] },
});

/** How a stranger calls each route, in a way that would cost something. */
const STRANGERS: Record<string, How> = {
  'POST /api/chat_v3': chat,
  'POST /api/chat_v3.php': chat,
  'POST /v1/chat/completions': completion,
  'POST /api/v1/chat/completions': completion,
  'GET /v1/models': withKey,
  'GET /api/v1/models': withKey,
  'GET /v1/models/{id}': withKey,
  'GET /api/v1/models/{id}': withKey,
  'GET /api/license': withKey,
  'GET /api/license/usage': withKey,
  'GET /api/license/requests': withKey,
  'POST /api/license/status': () => ({ body: { api_key: makeKey(randomBytes) } }),
  'POST /api/license/rotate': withKey,
  'POST /api/license/billing-portal': withKey,
  'POST /api/license/reveal': () => ({ headers: { Cookie: `sahm_session=${someToken()}` } }),
  'POST /api/checkout': () => ({ body: { product: '404' } }),
  'POST /api/redeem': () => ({
    body: { code: makeCode(randomBytes), email: 'nobody@example.com' },
  }),
  'POST /claim/{token}': () => ({}),
  'POST /api/sign-in': () => ({ body: { email: 'nobody@example.com' } }),
  'DELETE /api/sign-in': () => ({ headers: { Cookie: `sahm_session=${someToken()}` } }),
  'POST /api/sign-in/{token}': () => ({}),
  'POST /admin/api/session': () => ({ body: { email: 'nobody@example.com', password: 'wrong' } }),
  'POST /admin/api/session/refresh': () => ({
    headers: { Cookie: `sahm_admin_refresh=${someToken()}` },
  }),
};
/** These cost a stranger nothing of ours, or one HMAC. A correct signature is never refused. */
const FREE = ['GET /claim/{token}', 'GET /sign-in/{token}', 'GET /openapi.json', ...shopRoutes()];
/** Called by the operator's machines, and kept from the public by the operator. */
const OPERATORS = ['GET /healthz', 'GET /metrics', 'GET /readyz'];

function routes(): string[] {
  return routesOf(createApp(selling.service.deps));
}
const ofAdministration = (route: string) => / \/admin\/api\//.test(route);
const howOf = (route: string): How | undefined =>
  STRANGERS[route] ?? (ofAdministration(route) ? withAdminToken : undefined);

async function ask(route: string, address: string): Promise<Answer> {
  const [method = '', template = ''] = route.split(' ');
  const path = template.replace('/models/{id}', '/models/deepseek/deepseek-chat');
  const { headers = {}, body } = howOf(route)?.() ?? {};
  return selling.service.call(method, path.replaceAll(/\{\w+\}/g, someToken), {
    headers: { 'X-Forwarded-For': address, ...headers },
    ...(body !== undefined && method !== 'GET' && { body }),
  });
}

function askTogether(route: string, address: string): Promise<Answer[]> {
  return Promise.all(Array.from({ length: AT_ONCE }, () => ask(route, address)));
}

/** Waits until what is sent after an answer, such as mails, has ended. */
async function quiet({ statements }: TestDatabase): Promise<void> {
  for (let last = -1; last !== statements(); ) {
    last = statements();
    await new Promise(resolve => setTimeout(resolve, 300));
  }
}

test('every route has a stranger here, or a reason why it needs no limit', () => {
  const missing = routes().filter(
    route => !howOf(route) && !FREE.includes(route) && !OPERATORS.includes(route),
  );
  expect(missing).toEqual([]);
});

test('each is refused to one address in the end, without a statement, and served to another', async () => {
  const oneOfAdministration = 'GET /admin/api/licenses';
  const flooded = routes().filter(
    route => howOf(route) && (STRANGERS[route] || route === oneOfAdministration),
  );
  expect(flooded.length).toBeGreaterThan(20);
  for (const [index, route] of flooded.entries()) {
    if (index > 0 && index % ROUTES_A_SERVICE === 0) {
      await selling.close();
      selling = await start();
    }
    const { database } = selling.service;
    const address = `198.51.100.${index}`;
    let refused: Answer | undefined;
    for (let tries = 0; tries < MOST_TRIES && !refused; tries += AT_ONCE) {
      const answers = await askTogether(route, address);
      expect([route, answers.every(({ status }) => status < 500)]).toEqual([route, true]);
      refused = answers.find(({ status }) => status === 429);
    }
    expect([route, refused?.status]).toEqual([route, 429]);
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(JSON.stringify(refused?.body)).toContain('"code":"rate_limited"');
    await quiet(database);
    const before = database.statements();
    let passed = 0;
    for (let tries = 0; tries < REFUSED_TRIES; tries += AT_ONCE) {
      const answers = await askTogether(route, address);
      passed += answers.filter(({ status }) => status !== 429).length;
    }
    const cost = database.statements() - before;
    // On a slow machine one or two tries may be allowed again meanwhile.
    expect([route, cost, cost <= passed * MOST_STATEMENTS]).toEqual([route, cost, true]);
    expect(passed).toBeLessThan(REFUSED_TRIES / 2);
    const other = await ask(route, `203.0.113.${index}`);
    expect([route, other.status === 429]).toEqual([route, false]);
  }
}, 180_000);
