import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeKey } from '../../src/domain/key.js';
import { PROVIDERS } from '../../src/domain/provider.js';
import { SYSTEM } from '../../src/store/admin/audit.js';
import { type Service, startService } from '../harness/service.js';

const PNG =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const DEEPSEEK = 'deepseek/deepseek-chat';
const LIGHT = 'qwen/qwen-2.5-7b-instruct';

let service: Service;
let basic: string;
let pro: string;
let vip: string;

beforeAll(async () => {
  service = await startService();
  basic = (await service.issue('basic')).key;
  pro = (await service.issue('pro')).key;
  vip = (await service.issue('vip')).key;
});
afterAll(() => service.close());

const chat = (body: unknown, headers?: Record<string, string>) =>
  service.post('/api/chat_v3', body, headers);

async function used(key: string): Promise<number> {
  const license = await service.deps.admin.licenses.findByKey(key);
  const { quotas } = await service.deps.chat.ledger.usage(license?.id as string);
  return quotas.openrouter.used + quotas.openai.used + quotas.openrouter.held + quotas.openai.held;
}

describe('a successful chat', () => {
  test('has exactly the fields of the documents, in their order', async () => {
    const answer = await chat({ api_key: vip, model: 'gpt-5.2', prompt: 'سلام' });
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body)).toEqual(
      'error reply model source plan usage usage_breakdown'.split(' '),
    );
    expect(answer.body).toMatchObject({
      error: false,
      model: 'openai/gpt-5.2',
      source: 'openai',
      plan: 'vip',
      usage: { plan: 'vip', used: 1, limit: 830, remaining: 829 },
      usage_breakdown: {
        openrouter: { used: 0, limit: 750, remaining: 750 },
        openai: { used: 1, limit: 80, remaining: 79 },
      },
    });
    expect(Object.keys(answer.body.usage as object)).toEqual(
      'plan period used limit remaining'.split(' '),
    );
  });

  test('is the same at chat_v3.php', async () => {
    const body = { api_key: pro, model: DEEPSEEK, prompt: 'سلام' };
    const answer = await service.post('/api/chat_v3.php', body);
    expect(answer.body).toMatchObject({ error: false, source: 'openrouter', plan: 'pro' });
  });

  test('tells the quota of the provider used in headers', async () => {
    const { headers, body } = await chat({ api_key: pro, model: LIGHT, prompt: 'x' });
    const { openrouter } = body.usage_breakdown as Record<
      string,
      { limit: number; remaining: number }
    >;
    expect(headers.get('x-quota-limit')).toBe(String(openrouter?.limit));
    expect(headers.get('x-quota-remaining')).toBe(String(openrouter?.remaining));
    expect(Number(headers.get('x-quota-reset'))).toBeGreaterThan(Date.now() / 1000);
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each([
    ['a body without a prompt', () => ({ api_key: pro, model: LIGHT }), 400],
    ['a key that nobody has', () => ({ api_key: 'nobody’s', model: LIGHT, prompt: 'x' }), 401],
    ['a model that there is not', () => ({ api_key: pro, model: 'no/such', prompt: 'x' }), 404],
  ])('names a request that it refuses: %s', async (_what, bodyOf, status) => {
    const answer = await chat(bodyOf());
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('takes the key from the headers too', async () => {
    const body = { model: LIGHT, prompt: 'x' };
    expect((await chat(body, { Authorization: `Bearer ${pro}` })).status).toBe(200);
    expect((await chat(body, { 'X-API-Key': pro })).status).toBe(200);
  });

  test('sends history first, then the prompt with its image as the last user message', async () => {
    const messages = [
      { role: 'user', content: 'first' },
      { role: 'assistant', content: 'second' },
    ];
    const model = 'meta-llama/llama-3.2-11b-vision-instruct';
    const answer = await chat({ api_key: basic, model, prompt: 'third', messages, image_url: PNG });
    expect(answer.body).toMatchObject({ error: false, model });
    expect(answer.body.reply).toContain('third');
  });
});

describe('a refusal', () => {
  test('8.1: one body for an unknown, malformed, suspended, revoked or expired key', async () => {
    const { licenses } = service.deps.admin;
    const suspended = await service.issue('pro');
    await licenses.transition(suspended.id, 'suspend', '', SYSTEM);
    const revoked = await service.issue('pro');
    await licenses.transition(revoked.id, 'revoke', '', SYSTEM);
    const unknown = makeKey(randomBytes);
    const bodies = [];
    const mistyped = pro.slice(0, -1) + (pro.endsWith('x') ? 'y' : 'x');
    for (const key of ['nonsense', mistyped, unknown, suspended.key, revoked.key]) {
      const answer = await chat({ api_key: key, model: LIGHT, prompt: 'x' });
      expect(answer.status).toBe(401);
      bodies.push(answer.body);
    }
    expect(new Set(bodies.map(body => JSON.stringify(body))).size).toBe(1);
    expect(bodies[0]).toEqual({
      error: true,
      message: 'License key نامعتبر است یا فعال نیست.',
      details: 'License key is not active or does not exist.',
      code: 'invalid_license_key',
    });
  });

  test.each(['gpt-5.2', 'openai/gpt-5.2'])('8.2: PRO asked for %s', async model => {
    const before = await used(pro);
    const answer = await chat({ api_key: pro, model, prompt: 'x' });
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({
      error: true,
      message:
        'در پلن PRO مدلهای مستقیم OpenAI در دسترس نیست. برای OpenAI باید پلن VIP داشته باشید.',
      plan: 'pro',
      code: 'model_not_in_plan',
      usage_breakdown: { openai: { limit: 0 } },
    });
    expect(await used(pro)).toBe(before);
  });

  test('BASIC asked for DeepSeek is told the least plan', async () => {
    const answer = await chat({ api_key: basic, model: DEEPSEEK, prompt: 'x' });
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({
      message: `در پلن BASIC مدل ${DEEPSEEK} در دسترس نیست. برای این مدل باید پلن PRO داشته باشید.`,
      plan: 'basic',
    });
  });

  test.each([
    ['openrouter', LIGHT, 'سقف ماهانه OpenRouter شما تمام شده است.'],
    ['openai', 'gpt-5.2', 'سقف ماهانه GPT/OpenAI شما تمام شده است.'],
  ])('8.3 and 8.4: the quota of %s is used up', async (provider, model, message) => {
    const { id, key } = await service.issue('vip');
    await chat({ api_key: key, model, prompt: 'open the month' });
    await service.database.prisma.quotaPeriod.updateMany({
      where: { licenseId: id, provider },
      data: { planLimit: 1 },
    });
    const answer = await chat({ api_key: key, model, prompt: 'x' });
    expect(answer.status).toBe(429);
    expect(answer.body).toMatchObject({
      error: true,
      message,
      plan: 'vip',
      usage: { plan: 'vip', period: expect.any(String) },
      usage_breakdown: { [provider]: { used: 1, limit: 1, remaining: 0 } },
      code: 'quota_exhausted',
    });
    expect(Object.keys(answer.body.usage_breakdown as object)).toEqual(PROVIDERS);
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect(answer.headers.get('retry-after')).toBeNull();
  });

  test.each([
    [{}],
    [{ api_key: 'x', model: 'y' }],
    [{ api_key: 'x', model: 'y', prompt: '  ' }],
    [{ api_key: '', model: 'y', prompt: 'z' }],
    [{ api_key: 'x', model: null, prompt: 'z' }],
  ])('8.5: a required field is missing or empty: %j', async body => {
    const answer = await chat(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      error: true,
      message: 'api_key یا model یا prompt خالی است.',
      code: 'invalid_request',
    });
  });

  test('suggests close names for an unknown model', async () => {
    const answer = await chat({ api_key: pro, model: 'deepseek/deepseek-chatt', prompt: 'x' });
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ code: 'model_not_found', field: 'model' });
    expect(answer.body.message).toContain(DEEPSEEK);
  });

  test('is in English when asked', async () => {
    const answer = await chat({}, { 'Accept-Language': 'en-US,en;q=0.9' });
    expect(answer.body.message).toMatch(/api_key/);
    expect(answer.body.message).not.toMatch(/خالی/);
  });

  test('of an image for a model without vision names the models with it', async () => {
    const answer = await chat({ api_key: basic, model: LIGHT, prompt: 'x', image_url: PNG });
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('content_not_supported');
    expect(answer.body.message).toContain('meta-llama/llama-3.2-11b-vision-instruct');
  });

  test('counts at once when a cached license is suspended', async () => {
    const { id, key } = await service.issue('pro');
    const body = { api_key: key, model: LIGHT, prompt: 'x' };
    expect((await chat(body)).status).toBe(200);
    await service.deps.admin.licenses.transition(id, 'suspend', '', SYSTEM);
    expect((await chat(body)).status).toBe(401);
    await service.deps.admin.licenses.transition(id, 'reinstate', '', SYSTEM);
    expect((await chat(body)).status).toBe(200);
  });
});

describe('bad input gets a clear error and is never a 500', () => {
  const withPrompt = (prompt: unknown) => ({ api_key: vip, model: LIGHT, prompt });
  test.each<[string, number, () => unknown]>([
    ['prompt of a wrong type', 400, () => withPrompt(5)],
    ['model of a wrong type', 400, () => ({ api_key: vip, model: ['x'], prompt: 'x' })],
    ['an array for a body', 400, () => []],
    ['no JSON', 400, () => '{"api_key": '],
    ['an empty body', 400, () => ''],
    ['NUL in the prompt', 400, () => withPrompt('a\0b')],
    ['a lone surrogate', 400, () => `{"api_key":"${vip}","model":"${LIGHT}","prompt":"\\ud800"}`],
    [
      '10,000 messages',
      400,
      () => ({ ...withPrompt('x'), messages: Array(10_000).fill({ role: 'user', content: 'x' }) }),
    ],
    ['a stream that is a text', 400, () => ({ ...withPrompt('x'), stream: 'true' })],
    ['a strictness that is a text', 400, () => ({ ...withPrompt('x'), strict: 'true' })],
    ['messages that are no list', 400, () => ({ ...withPrompt('x'), messages: 'x' })],
    [
      'a message of an unknown role',
      400,
      () => ({ ...withPrompt('x'), messages: [{ role: 'root', content: 'x' }] }),
    ],
    [
      'an SVG',
      400,
      () => ({ ...withPrompt('x'), image_url: 'data:image/svg+xml;base64,PHN2Zz4=' }),
    ],
    [
      'a PNG that is not one',
      400,
      () => ({ ...withPrompt('x'), image_url: 'data:image/png;base64,aGVsbG8gd29ybGQhISEh' }),
    ],
    ['base64 that is not strict', 400, () => ({ ...withPrompt('x'), image_url: `${PNG}!` })],
    ['an HTML page', 400, () => ({ ...withPrompt('x'), image_url: 'data:text/html,<b>x</b>' })],
    ['an http URL', 400, () => ({ ...withPrompt('x'), image_url: 'http://example.com/x.png' })],
    ['a body over 20 MiB', 413, () => withPrompt('x'.repeat(20 * 1024 * 1024))],
  ])('%s', async (_name, status, make) => {
    const answer = await chat(make());
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error: true, message: expect.any(String) });
    expect(JSON.stringify(answer.body)).not.toContain(vip);
  });

  test('invalid UTF-8', async () => {
    const response = await fetch(`${service.url}/api/chat_v3`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: Buffer.from([0x7b, 0xff, 0x7d]),
    });
    expect(response.status).toBe(400);
  });

  test('invalid UTF-8 beside a long image, or in it', async () => {
    const long = PNG.replace(/=+$/, 'A'.repeat(100_000));
    const image_url = long.slice(0, long.length - ((long.length - PNG.indexOf(',') - 1) % 4));
    const text = JSON.stringify({ ...withPrompt('here'), image_url });
    const model = 'meta-llama/llama-3.2-11b-vision-instruct';
    const good = Buffer.from(text.replace(LIGHT, model));
    const statusOf = async (body: Buffer) => {
      const headers = { 'Content-Type': 'application/json' };
      return (await fetch(`${service.url}/api/chat_v3`, { method: 'POST', headers, body })).status;
    };
    expect(await statusOf(good)).toBe(200);
    for (const at of [good.indexOf('here'), good.indexOf('AAAA') + 50_000]) {
      const bad = Buffer.from(good);
      bad[at] = 0xff;
      expect(await statusOf(bad)).toBe(400);
    }
  });

  test('__proto__ changes nothing', async () => {
    const body = `{"__proto__":{"plan":"vip","model":"x"},"api_key":"${basic}","model":"${LIGHT}","prompt":"x"}`;
    expect((await chat(body)).body).toMatchObject({ error: false, plan: 'basic' });
    expect(({} as Record<string, unknown>).plan).toBeUndefined();
  });

  test('another content type, another method, another path', async () => {
    expect(
      (await chat('a=b', { 'Content-Type': 'application/x-www-form-urlencoded' })).status,
    ).toBe(415);
    const got = await fetch(`${service.url}/api/chat_v3`);
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await fetch(`${service.url}/api/nothing`)).status).toBe(404);
    expect((await fetch(`${service.url}/api/%ff`)).status).toBe(404);
  });

  test('exactly 20 MiB pass', async () => {
    const frame = JSON.stringify(withPrompt('')).length;
    const body = JSON.stringify(withPrompt('x'.repeat(20 * 1024 * 1024 - frame)));
    expect(Buffer.byteLength(body)).toBe(20 * 1024 * 1024);
    expect((await chat(body)).status).toBe(200);
  });
});

describe('who pays', () => {
  let faulty: Service;
  let key: string;
  const FAULTS: Array<[string, number, string]> = [
    ['status-500', 502, 'upstream_failed'],
    ['status-401', 503, 'upstream_unavailable'],
    ['status-402', 503, 'upstream_unavailable'],
    ['status-403', 503, 'upstream_unavailable'],
    ['status-404', 502, 'upstream_failed'],
    ['status-429', 503, 'upstream_unavailable'],
    ['status-503', 503, 'upstream_unavailable'],
    ['status-400', 400, 'invalid_request'],
    ['reset', 502, 'upstream_failed'],
    ['reset-body', 502, 'upstream_failed'],
    ['malformed', 502, 'upstream_failed'],
    ['empty', 502, 'upstream_failed'],
    ['blank', 502, 'upstream_failed'],
    ['error-200', 502, 'upstream_failed'],
    ['html', 502, 'upstream_failed'],
    ['redirect', 502, 'upstream_failed'],
    ['delay-5000', 504, 'upstream_timeout'],
    ['drip-100', 504, 'upstream_timeout'],
  ];

  beforeAll(async () => {
    const env = { UPSTREAM_TIMEOUT_MS: '700', HOLD_LEASE_MS: '60000' };
    const faults = [...FAULTS.map(([fault]) => fault), 'delay-600', 'length', 'tools'];
    faulty = await startService({ faults, env });
    key = (await faulty.issue('basic')).key;
  });
  afterAll(() => faulty.close());

  test.each(FAULTS)('%s costs nothing: %i %s', async (fault, status, code) => {
    const answer = await faulty.post('/api/chat_v3', {
      api_key: key,
      model: `fault/${fault}`,
      prompt: 'x',
    });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({
      error: true,
      code,
      usage: { used: 0, limit: 150, remaining: 150 },
      usage_breakdown: { openrouter: { used: 0 }, openai: { used: 0 } },
    });
    if (status === 503) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    const [held] = await faulty.database.prisma.$queryRaw<
      [{ held: bigint }]
    >`SELECT sum(held) AS held FROM quota_period`;
    expect(Number(held.held)).toBe(0);
  });

  test('an answer that was cut for its length, or calls a tool, is a success', async () => {
    const license = await faulty.issue('basic');
    for (const fault of ['length', 'tools']) {
      const body = { api_key: license.key, model: `fault/${fault}`, prompt: 'x' };
      expect((await faulty.post('/api/chat_v3', body)).body).toMatchObject({ error: false });
    }
  });

  test('a client that leaves before the answer is not charged', async () => {
    const license = await faulty.issue('basic');
    const body = JSON.stringify({ api_key: license.key, model: 'fault/delay-600', prompt: 'x' });
    const left = httpRequest(`${faulty.url}/api/chat_v3`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) },
    });
    left.on('error', () => {});
    left.end(body);
    const holds = () => faulty.database.prisma.hold.findMany({ where: { licenseId: license.id } });
    await until(async () => (await holds()).length === 1);
    left.destroy();
    await until(async () => (await holds())[0]?.state !== 'pending');
    expect((await holds())[0]).toMatchObject({ state: 'voided', reason: 'client_left' });
  });

  test('every hold of these has ended, and the ledger is clean', async () => {
    expect(await faulty.deps.findProblems()).toEqual([]);
  });
});

describe('exactness', () => {
  test('500 at once with 100 left: exactly 100 succeed, with 100 different counts', async () => {
    const { id, key } = await service.issue('basic');
    await service.deps.admin.licenses.change(id, { limits: { openrouter: 100 } }, SYSTEM);
    const before = service.deps.sandbox?.served.length ?? 0;
    const answers = await Promise.all(
      Array.from({ length: 500 }, () => chat({ api_key: key, model: LIGHT, prompt: 'x' })),
    );
    const good = answers.filter(answer => answer.status === 200);
    expect(good.length).toBe(100);
    expect(new Set(good.map(answer => (answer.body.usage as { used: number }).used)).size).toBe(
      100,
    );
    expect(answers.filter(answer => answer.status === 429).length).toBe(400);
    expect((service.deps.sandbox?.served.length ?? 0) - before).toBe(100);
    expect(await service.deps.findProblems()).toEqual([]);
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    if (await condition()) return;
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  throw new Error('it never came to be');
}
