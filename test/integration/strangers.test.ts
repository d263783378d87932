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
  // It asks the database by itself, and statements are counted here.
  await selling.service.deps.oversight.end();
});
afterAll(() => selling.close());

const MOST_TRIES = 400;
const AT_ONCE = 10;
/** This many floods do not use up the limit of all strangers together. */
const ROUTES_A_SERVICE = 6;
/** More than an allowed sign-in needs. */
const MOST_STATEMENTS = 20;

const someToken = () => randomBytes(32).toString('base64url');
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

const partOf = (name: string, value: string, more = '') =>
  `--x\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
const FORM = [
  partOf('model', 'gpt-image-2'),
  partOf('prompt', 'x'),
  partOf('image', 'GIF89a', '; filename="a.gif"'),
].join('');
const RECORDING = [partOf('model', 'whisper-1'), partOf('file', 'ID3 ', '; filename="a.mp3"')].join(
  '',
);

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

const message: How = () => ({
  headers: { 'X-API-Key': makeKey(randomBytes) },
  body: {
    model: 'deepseek/deepseek-chat',
    max_tokens: 5,
    messages: [{ role: 'user', content: 'x' }],
  },
});
const embedding: How = () => ({
  headers: bearer(makeKey(randomBytes)),
  body: { model: 'text-embedding-3-small', input: 'x' },
});

const response: How = () => ({
  headers: bearer(makeKey(randomBytes)),
  body: { model: 'qwen/qwen-2.5-7b-instruct', input: 'x' },
});

const image: How = () => ({ ...embedding(), body: { model: 'gpt-image-2', prompt: 'x' } });
const speech: How = () => ({
  ...embedding(),
  body: { model: 'kokoro-82m', input: 'x', voice: 'x' },
});

const form: How = () => ({
  headers: {
    ...bearer(makeKey(randomBytes)),
    'Content-Type': 'multipart/form-data; boundary=x',
  },
  body: `${FORM}--x--\r\n`,
});

const recording: How = () => ({ ...form(), body: `${RECORDING}--x--\r\n` });

const withSession: How = () => ({ headers: { Cookie: `sahm_session=${someToken()}` } });

/** How a stranger calls each route, in a way that would cost something. */
const STRANGERS: Record<string, How> = {
  'POST /api/chat_v3': chat,
  'POST /api/chat_v3.php': chat,
  'POST /v1/chat/completions': completion,
  'POST /api/v1/chat/completions': completion,
  'POST /v1/responses': response,
  'POST /api/v1/responses': response,
  'POST /v1/responses/input_tokens': response,
  'POST /api/v1/responses/input_tokens': response,
  'GET /v1/responses/{id}': withKey,
  'DELETE /v1/responses/{id}': withKey,
  'GET /v1/responses/{id}/input_items': withKey,
  'GET /api/v1/responses/{id}': withKey,
  'DELETE /api/v1/responses/{id}': withKey,
  'GET /api/v1/responses/{id}/input_items': withKey,
  'POST /v1/messages': message,
  'POST /api/v1/messages': message,
  'POST /v1/messages/count_tokens': message,
  'POST /api/v1/messages/count_tokens': message,
  'POST /v1/estimate': completion,
  'POST /api/v1/estimate': completion,
  'POST /v1/embeddings': embedding,
  'POST /api/v1/embeddings': embedding,
  'POST /envelope/v1/chat/completions': completion,
  'POST /envelope/v1/code/completions': image,
  'POST /envelope/v1/images/generations': image,
  'POST /envelope/v1/audio/generations': image,
  'POST /envelope/v1/video/generations': image,
  'GET /envelope/v1/video/generations/{id}': withKey,
  'POST /v1/videos': image,
  'POST /api/v1/videos': image,
  'GET /v1/videos': withKey,
  'DELETE /v1/videos/{id}': withKey,
  'GET /api/v1/videos': withKey,
  'DELETE /api/v1/videos/{id}': withKey,
  'GET /v1/videos/{id}': withKey,
  'GET /api/v1/videos/{id}': withKey,
  'GET /v1/videos/{id}/content': withKey,
  'GET /api/v1/videos/{id}/content': withKey,
  'POST /v1/moderations': embedding,
  'POST /api/v1/moderations': embedding,
  'POST /v1/images/generations': image,
  'POST /api/v1/images/generations': image,
  'POST /v1/images/edits': form,
  'POST /api/v1/images/edits': form,
  'POST /v1/audio/speech': speech,
  'POST /api/v1/audio/speech': speech,
  'POST /v1/audio/transcriptions': recording,
  'POST /api/v1/audio/transcriptions': recording,
  'GET /v1/models': withKey,
  'GET /api/v1/models': withKey,
  'GET /v1/models/{id}': withKey,
  'GET /api/v1/models/{id}': withKey,
  'GET /api/license': withKey,
  'GET /api/license/usage': withKey,
  'GET /api/license/requests': withKey,
  'GET /api/license/refusals': withKey,
  'GET /api/license/balance': withKey,
  'GET /api/license/statements': withKey,
  'GET /api/license/statements/{period}': withKey,
  'GET /api/license/requests/{id}/receipt': withKey,
  'GET /api/license/purchases': withKey,
  'POST /api/license/status': () => ({ body: { api_key: makeKey(randomBytes) } }),
  'POST /api/license/rotate': withKey,
  'GET /api/license/keys': withKey,
  'POST /api/license/keys': withKey,
  'GET /api/license/notices': withKey,
  'PATCH /api/license/notices': withKey,
  'GET /unsubscribe/{token}': () => ({}),
  'POST /unsubscribe/{token}': () => ({}),
  'PATCH /api/license/keys/{key}': withKey,
  'DELETE /api/license/keys/{key}': withKey,
  'POST /api/license/keys/{key}/rotate': withKey,
  'POST /api/license/billing-portal': withKey,
  'GET /api/account': withSession,
  'POST /api/license/reveal': withSession,
  'POST /api/checkout': () => ({ body: { product: '404' } }),
  'POST /api/redeem': () => ({
    body: { code: makeCode(randomBytes), email: 'nobody@example.com' },
  }),
  'POST /claim/{token}': () => ({}),
  'POST /api/sign-in': () => ({ body: { email: 'nobody@example.com' } }),
  'DELETE /api/sign-in': withSession,
  'POST /api/sign-in/{token}': () => ({}),
  'POST /admin/api/session': () => ({ body: { email: 'nobody@example.com', password: 'wrong' } }),
  'POST /admin/api/session/refresh': () => ({
    headers: { Cookie: `sahm_admin_refresh=${someToken()}` },
  }),
};
/** These cost a stranger nothing of ours, or one HMAC. A correct signature is never refused. */
const FREE = [
  // Public keys, which are in memory.
  'GET /.well-known/jwks.json',
  'GET /api/plans',
  'GET /openapi.json',
  'GET /media/{name}',
  ...shopRoutes(),
];
/** Called by the operator's machines, and kept from the public by the operator. */
const OPERATORS = ['GET /healthz', 'GET /metrics', 'GET /readyz'];

function routes(): string[] {
  return routesOf(createApp(selling.service.deps));
}
const ofAdministration = (route: string) => / \/admin\/api\//.test(route);
const howOf = (route: string): How | undefined =>
  STRANGERS[route] ?? (ofAdministration(route) ? withAdminToken : undefined);

async function ask(route: string, address: string, { service } = selling): Promise<Answer> {
  const [method = '', template = ''] = route.split(' ');
  const path = template.replace('/models/{id}', '/models/deepseek/deepseek-chat');
  const { headers = {}, body } = howOf(route)?.() ?? {};
  return service.call(method, path.replaceAll(/\{\w+\}/g, someToken), {
    headers: { 'X-Forwarded-For': address, ...headers },
    ...(body !== undefined && method !== 'GET' && { body }),
  });
}

function askTogether(route: string, address: string): Promise<Answer[]> {
  return Promise.all(Array.from({ length: AT_ONCE }, () => ask(route, address)));
}

/** The counts of refusals are written from time to time, independently of requests. */
const BY_ITSELF = 1;

/** Waits until what is sent after an answer, such as mails, has ended. */
async function quiet({ statements }: TestDatabase): Promise<void> {
  for (let last = -1; last !== statements(); ) {
    last = statements();
    await new Promise(resolve => setTimeout(resolve, 300));
  }
}

test('every route has a stranger’s request here, or a reason why it needs no limit', () => {
  const missing = routes().filter(
    route => !howOf(route) && !FREE.includes(route) && !OPERATORS.includes(route),
  );
  expect(missing).toEqual([]);
});

test('one address is refused after its limit, without a statement, while another is served', async () => {
  const oneOfAdministration = 'GET /admin/api/licenses';
  const flooded = routes()
    .filter(route => howOf(route) && (STRANGERS[route] || route === oneOfAdministration))
    // The same listener under another name.
    .filter(route => !route.includes(' /api/v1/'));
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
    // On a slow machine some tries may be allowed again meanwhile: until all of a moment are refused.
    let passed = AT_ONCE;
    for (let tries = 0; tries < MOST_TRIES && passed > 0; tries += AT_ONCE) {
      await quiet(database);
      const before = database.statements();
      const answers = await askTogether(route, address);
      passed = answers.filter(({ status }) => status !== 429).length;
      const cost = database.statements() - before;
      const most = passed * MOST_STATEMENTS + BY_ITSELF;
      expect([route, cost, cost <= most]).toEqual([route, cost, true]);
    }
    expect([route, passed]).toEqual([route, 0]);
    const other = await ask(route, `203.0.113.${index}`);
    expect([route, other.status === 429]).toEqual([route, false]);
  }
}, 180_000);

/** What they ask of the database about a stranger has no time in it, and only that fails here. */
const TIMELESS = [
  'GET /unsubscribe/{token}',
  'POST /unsubscribe/{token}',
  'POST /api/redeem',
  'DELETE /api/sign-in',
];

test('when the database is gone, each route answers 503 in its own form', async () => {
  const gone = await start();
  try {
    await gone.service.deps.oversight.end();
    await gone.service.database.prisma.$executeRawUnsafe(`
      CREATE OR REPLACE FUNCTION sahm_now() RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
      BEGIN RAISE EXCEPTION 'gone' USING ERRCODE = '57P03'; END $$`);
    const answers = new Map<string, number>();
    for (const [index, route] of Object.keys(STRANGERS).entries()) {
      answers.set(route, (await ask(route, `203.0.113.${index}`, gone)).status);
    }
    const others = [...answers].filter(([, status]) => status !== 503);
    expect(others.map(([route]) => route)).toEqual(TIMELESS);
  } finally {
    // Fails where the form is not the one that the document says.
    await gone.close();
  }
});
