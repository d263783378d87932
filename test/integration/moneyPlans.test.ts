// Plans that sell money, over HTTP: calls are bounded before, charged at their true cost, and never below zero.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import OpenAI, { toFile } from 'openai';
import { v7 as uuid } from 'uuid';
import { balanceFor } from '../../src/domain/quota.js';
import { SYSTEM } from '../../src/store/admin/audit.js';
import { findLedgerProblems } from '../../src/store/ledger/verify.js';
import { readMail } from '../fakes/mailServer.js';
import { type PricedUpstream, startPricedUpstream } from '../fakes/pricedUpstream.js';
import { addPlans } from '../harness/faultCatalog.js';
import { until } from '../harness/load.js';
import { type Service, startService } from '../harness/service.js';

const MODEL = 'openai/gpt-4o-mini';
const FAULTS = ['status-500', 'reasoning', 'tools', 'length'];
const DEAR = 'openai/gpt-5.2';
const SPEECH = 'hexgrad/kokoro-82m';
const MONTHLY = 200_000;

/** The plans of these tests: a rich wallet with a markup, a small one, and one that affords nothing. */
async function sellMoney(catalogDir: string): Promise<void> {
  const sold = (code: string, rank: number, all: number, markup_percent: number) => {
    return { code, rank, name: code, meter: 'money', allowances: { all }, markup_percent };
  };
  await addPlans(
    catalogDir,
    sold('wallet', 4, MONTHLY, 20),
    sold('purse', 5, 700, 0),
    sold('crumbs', 6, 3, 0),
    sold('pouch', 8, 1_500, 0),
    { ...sold('slow', 7, MONTHLY, 0), rate_limit: 2 },
  );
  await changeModel(catalogDir, SPEECH, ({ card }) => {
    card.pricing.per_character = '0.00003';
  });
}

async function changeModel(
  catalogDir: string,
  id: string,
  change: (model: { card: { pricing: Record<string, string> } }) => void,
): Promise<void> {
  const file = join(catalogDir, 'models.json');
  const content = JSON.parse(await readFile(file, 'utf8'));
  change(content.models.find((model: { id: string }) => model.id === id));
  await writeFile(file, JSON.stringify(content));
}

let service: Service;
beforeAll(async () => {
  service = await startService({ faults: FAULTS, prepare: sellMoney });
});
afterAll(() => service.close());

type License = Awaited<ReturnType<Service['issue']>>;
const ask = ({ key }: License, body: object, path = '/v1/chat/completions', on = service) =>
  on.post(path, body, { Authorization: `Bearer ${key}` });
const said = (content: string, more: object = {}) => ({
  model: MODEL,
  messages: [{ role: 'user', content }],
  ...more,
});
const walletOf = async ({ id }: License) =>
  balanceFor(await service.deps.chat.ledger.usage(id), 'openrouter');
const tokensOf = (body: Record<string, unknown>) =>
  body.usage as { prompt_tokens: number; completion_tokens: number };

test('a chat costs its tokens at their price, with the markup, rounded once half up', async () => {
  const license = await service.issue('wallet');
  const { status, body, headers } = await ask(license, said('سلام، حال شما چطور است؟ 你好 👋'));
  expect(status).toBe(200);
  const { prompt_tokens: input, completion_tokens: output } = tokensOf(body);
  // The catalogue's and the sandbox's price: 0.15 and 0.60 dollars for a million.
  const cost = Math.round((input * 15 + output * 60) * 1.2 + 1e-9) / 100;
  const charged = Math.floor(cost + 0.5);
  expect(body).toMatchObject({
    cost_microusd: charged,
    quota: {
      plan: 'wallet',
      unit: 'microusd',
      used: charged,
      limit: MONTHLY,
      remaining: MONTHLY - charged,
      charged,
    },
    usage_breakdown: {
      openrouter: { used: charged, limit: MONTHLY, remaining: MONTHLY - charged },
      openai: { used: 0, limit: MONTHLY, remaining: MONTHLY - charged },
    },
  });
  expect(headers.get('x-quota-charged')).toBe(String(charged));
  expect(headers.get('x-quota-remaining')).toBe(String(MONTHLY - charged));
  expect(headers.get('x-sahm-max-tokens')).toBeNull();
  const [hold] = await service.database.prisma.hold.findMany({ where: { licenseId: license.id } });
  expect(hold).toMatchObject({ unit: 'microusd', provider: 'openrouter', units: BigInt(charged) });
});

test('one wallet pays both providers, and each has its own line', async () => {
  const license = await service.issue('wallet');
  const first = await ask(license, said('x'));
  const second = await ask(license, said('x', { model: DEAR }));
  const { prompt_tokens: input, completion_tokens: output } = tokensOf(second.body);
  const [one, two] = [Number(first.body.cost_microusd), Number(second.body.cost_microusd)];
  expect(two).toBe(Math.floor((input * 1.75 + output * 14) * 1.2 + 0.5));
  expect(second.body).toMatchObject({
    quota: { used: one + two },
    usage_breakdown: { openrouter: { used: one }, openai: { used: two } },
  });
});

test('the MyAIHub dialect says the same', async () => {
  const license = await service.issue('wallet');
  const body = { api_key: license.key, model: MODEL, prompt: 'سلام' };
  const answer = await service.post('/api/chat_v3', body);
  expect(answer.status).toBe(200);
  const cost = answer.body.cost_microusd;
  expect(answer.body).toMatchObject({
    error: false,
    usage: { plan: 'wallet', unit: 'microusd', used: cost, limit: MONTHLY },
    usage_breakdown: { openrouter: { used: cost } },
  });
  expect(answer.headers.get('x-quota-charged')).toBe(String(cost));
});

test('a plan’s rate limit is that of its licenses without their own', async () => {
  const license = await service.issue('slow');
  const answers = [];
  for (let request = 0; request < 3; request++) answers.push(await ask(license, said('x')));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
  const [first, , third] = answers;
  expect(first?.headers.get('x-ratelimit-limit')).toBe('2');
  expect(first?.headers.get('x-ratelimit-remaining')).toBe('1');
  expect(third?.body).toMatchObject({ error: { code: 'rate_limited' } });
  await service.deps.admin.licenses.change(license.id, { rateLimit: 10 }, SYSTEM);
  const again = await ask(license, said('x'));
  expect([again.status, again.headers.get('x-ratelimit-limit')]).toEqual([200, '10']);
});

test.each([
  ['/v1/chat/completions', {}],
  ['/v1/responses', { input: 'x' }],
  ['/v1/messages', { max_tokens: 500 }],
])('the upstream is always asked for a stream: %s', async (path, more) => {
  const license = await service.issue('wallet');
  const answer = await ask(license, said('x', more), path);
  expect(answer.status).toBe(200);
  expect(service.deps.sandbox?.served.at(-1)).toMatchObject({ stream: true });
});

describe('an answer that was joined from a stream is equal to the upstream’s', () => {
  test.each(['reasoning', 'tools', 'length'])('%s', async fault => {
    const [money, requests] = [await service.issue('wallet'), await service.issue('vip')];
    const asked = said('Tell me a story, please.', { model: `fault/${fault}` });
    const [folded, whole] = [await ask(money, asked), await ask(requests, asked)];
    expect(folded.status).toBe(200);
    type Choice = { message: { tool_calls?: Array<{ id: string }> } };
    const choiceOf = (body: Record<string, unknown>) => {
      const [choice] = body.choices as Choice[];
      for (const call of choice?.message.tool_calls ?? []) call.id = '';
      return choice;
    };
    expect(choiceOf(folded.body)).toEqual(choiceOf(whole.body));
    expect(tokensOf(folded.body)).toEqual(tokensOf(whole.body));
  });
});

describe('so is one that is handed on in its own form', () => {
  const TOOL = { name: 'f', description: 'x' };
  const schema = { type: 'object', properties: {} };
  test.each([
    [
      '/v1/responses',
      { input: 'Tell me', tools: [{ type: 'function', ...TOOL, parameters: schema }] },
    ],
    ['/v1/messages', { max_tokens: 500, tools: [{ ...TOOL, input_schema: schema }] }],
  ])('%s', async (path, more) => {
    const [money, requests] = [await service.issue('wallet'), await service.issue('vip')];
    for (const fault of ['reasoning', 'tools', 'length']) {
      const asked = said('Tell me', { model: `fault/${fault}`, ...more });
      const [folded, whole] = [await ask(money, asked, path), await ask(requests, asked, path)];
      expect([folded.status, whole.status]).toEqual([200, 200]);
      expect(withoutOurs(folded.body)).toEqual(withoutOurs(whole.body));
    }
  });

  /** Without the counters, and without ids and instants of this one answer. */
  function withoutOurs(body: Record<string, unknown>) {
    const { quota, usage_breakdown, cost_microusd, ...said } = body;
    const own = ['id', 'call_id', 'created_at', 'completed_at', 'encrypted_content', 'signature'];
    return JSON.parse(JSON.stringify(said, (name, value) => (own.includes(name) ? null : value)));
  }
});

test('what fails costs nothing', async () => {
  const license = await service.issue('wallet');
  const answer = await ask(license, said('x', { model: 'fault/status-500' }));
  expect(answer.status).toBe(502);
  expect(answer.headers.get('x-quota-charged')).toBe('0');
  expect(await walletOf(license)).toEqual({ used: 0, limit: MONTHLY, remaining: MONTHLY });
});

describe('if the whole bound does not fit', () => {
  // 16,384 tokens of this model cost 9,830 micro-dollars; the purse has 700.
  test('the official SDK gets a shorter limit, and no error', async () => {
    const license = await service.issue('purse');
    const client = new OpenAI({ apiKey: license.key, baseURL: `${service.url}/v1` });
    const { data, response } = await client.chat.completions
      .create({ model: MODEL, messages: [{ role: 'user', content: 'x' }] })
      .withResponse();
    const told = Number(response.headers.get('x-sahm-max-tokens'));
    expect(told).toBeGreaterThan(256);
    expect(told).toBeLessThan(1_200);
    expect(data).toMatchObject({ quota: { max_tokens_reduced_to: told } });
  });

  test('an answer that reaches that limit ends with `length`, streamed too', async () => {
    const license = await service.issue('purse');
    // So that 256 tokens fit, and the sandbox has more to say.
    const client = new OpenAI({ apiKey: license.key, baseURL: `${service.url}/v1` });
    const messages = [{ role: 'user' as const, content: 'a story of many words '.repeat(4) }];
    const asked = { model: MODEL, messages, max_tokens: 8 };
    const whole = await client.chat.completions.create(asked);
    expect(whole.choices[0]?.finish_reason).toBe('length');
    const stream = await client.chat.completions.create({ ...asked, stream: true });
    let last: OpenAI.ChatCompletionChunk | undefined;
    for await (const chunk of stream) last = chunk;
    expect(last?.choices[0]?.finish_reason).toBe('length');
    expect(last).toMatchObject({ cost_microusd: expect.any(Number), quota: { unit: 'microusd' } });
  });

  test('a strict request is refused instead, and says that waiting does not help', async () => {
    const license = await service.issue('purse');
    const answer = await ask(license, said('x', { strict: true }));
    expect(answer.status).toBe(429);
    expect(answer.body).toMatchObject({
      error: { code: 'quota_exhausted', message: expect.stringContaining('Your balance') },
      quota: { unit: 'microusd', used: 0, limit: 700, charged: 0 },
    });
    expect(answer.headers.get('x-should-retry')).toBe('false');
  });

  test('if not even a short answer fits, nothing is sent', async () => {
    const license = await service.issue('crumbs');
    const before = service.deps.sandbox?.served.at(-1);
    expect(await ask(license, said('x'))).toMatchObject({
      status: 429,
      body: { error: { code: 'quota_exhausted' } },
    });
    expect(service.deps.sandbox?.served.at(-1)).toBe(before);
  });
});

test('a wallet that several drain at once ends above zero, and every charge is counted', async () => {
  const license = await service.issue('purse');
  let charged = 0;
  const drain = async () => {
    for (;;) {
      const { status, body, headers } = await ask(
        license,
        said('a b c '.repeat(40), { max_tokens: 60 }),
      );
      charged += Number(headers.get('x-quota-charged'));
      if (status === 200) continue;
      expect(status).toBe(429);
      if ((body.error as { code: string }).code === 'quota_exhausted') return;
    }
  };
  await Promise.all(Array.from({ length: 8 }, drain));
  const { used, remaining } = await walletOf(license);
  expect(used).toBe(charged);
  expect(remaining).toBe(700 - charged);
  // The bound of one such call: 240 bytes and a few, and 60 tokens.
  expect(remaining).toBeLessThan(Math.ceil((240 + 150) * 0.15 + 60 * 0.6));
  expect(await findLedgerProblems(service.database.prisma)).toEqual([]);
});

test('an Idempotency-Key is charged once, and its reply is the same', async () => {
  const license = await service.issue('wallet');
  const headers = { Authorization: `Bearer ${license.key}`, 'Idempotency-Key': 'one' };
  const first = await service.post('/v1/chat/completions', said('x'), headers);
  const again = await service.post('/v1/chat/completions', said('x'), headers);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(again.body).toEqual(first.body);
  expect((await walletOf(license)).used).toBe(first.body.cost_microusd);
});

test('a call that is passed on is bounded by its bytes, or refused if they are not known', async () => {
  const license = await service.issue('wallet');
  const embedding = { model: 'text-embedding-3-small', input: 'hello '.repeat(400) };
  const answer = await ask(license, embedding, '/v1/embeddings');
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({
    quota: { unit: 'microusd' },
    cost_microusd: expect.any(Number),
  });
  const poor = await service.issue('crumbs');
  expect(
    await ask(poor, { ...embedding, input: 'x'.repeat(2_000) }, '/v1/embeddings'),
  ).toMatchObject({
    status: 429,
  });
});

test('images cost the catalogue’s price for each that came; a model without such a price is refused', async () => {
  const license = await service.issue('wallet');
  const draw = (body: object) =>
    ask(license, { prompt: 'x', size: '16x16', ...body }, '/v1/images/generations');
  const seedream = 'bytedance-seed/seedream-4.5';
  const two = await draw({ model: seedream, n: 2 });
  // 0.04 dollars an image, and a markup of 20 %.
  expect(two.body).toMatchObject({ cost_microusd: 96_000, quota: { remaining: MONTHLY - 96_000 } });
  const three = await draw({ model: seedream, n: 3 });
  expect([three.status, three.headers.get('x-quota-charged')]).toEqual([429, '0']);
  const unpriced = await draw({ model: 'openai/gpt-image-2' });
  expect(unpriced.status).toBe(400);
  expect(unpriced.body).toMatchObject({
    error: { code: 'content_not_supported', message: expect.stringContaining('image') },
  });
});

test('speech costs its characters, also of a long text, and a recording the seconds that were heard', async () => {
  const license = await service.issue('wallet');
  const client = new OpenAI({ apiKey: license.key, baseURL: `${service.url}/v1`, maxRetries: 0 });
  const usedBy = async (call: () => Promise<unknown>) => {
    const { used } = await walletOf(license);
    await call();
    return (await walletOf(license)).used - used;
  };
  const speak = (input: string) =>
    client.audio.speech.create({ model: SPEECH, voice: 'alloy', input });
  // 30 micro-dollars a character, and a markup of 20 %.
  expect(await usedBy(async () => (await speak('سلام دنیا')).arrayBuffer())).toBe(9 * 36);
  const speechHolds = () =>
    service.database.prisma.hold.findMany({
      where: { licenseId: license.id },
      orderBy: { id: 'desc' },
    });
  expect(Number((await speechHolds())[0]?.costMicrousd)).toBe(9 * 30);
  const long = speak('a'.repeat(70_000));
  await expect(long).rejects.toMatchObject({ status: 429, code: 'quota_exhausted' });
  const ofTenSeconds = Buffer.concat([waveHead(8_000), Buffer.alloc(80_000)]);
  const heard = await usedBy(async () => {
    const file = await toFile(ofTenSeconds, 'x.wav');
    expect(await client.audio.transcriptions.create({ model: 'whisper-1', file })).toMatchObject({
      usage: { type: 'duration', seconds: 3 },
    });
  });
  // 100 micro-dollars a second. The sandbox hears three of the ten.
  expect(heard).toBe(3 * 120);
  const [hold] = await speechHolds();
  expect(Number(hold?.heldUnits)).toBe(11 * 120);
  expect(Number(hold?.costMicrousd)).toBe(3 * 100);
});

/** Of a sound with so many bytes a second. */
function waveHead(rate: number): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate / 2, 24);
  head.writeUInt32LE(rate, 28);
  head.writeUInt16LE(16, 34);
  return head;
}

describe('an estimate', () => {
  test('says what a chat may cost at most, and costs nothing', async () => {
    const license = await service.issue('wallet');
    const asked = said('x', { max_tokens: 1_000 });
    const { status, body } = await ask(license, asked, '/v1/estimate');
    expect(status).toBe(200);
    expect(body).toEqual({
      fits: true,
      max_cost_microusd: expect.any(Number),
      bucket: 'period',
      max_tokens: 1_000,
    });
    expect(body.max_cost_microusd).toBeGreaterThanOrEqual(720);
    expect(body.max_cost_microusd).toBeLessThan(800);
    const chat = await ask(license, asked);
    const [hold] = await service.database.prisma.hold.findMany({
      where: { licenseId: license.id },
    });
    expect(Number(hold?.heldUnits)).toBe(body.max_cost_microusd);
    expect((await walletOf(license)).used).toBe(chat.body.cost_microusd);
  });

  test('does not fit if only a shorter answer does, and says how short', async () => {
    const license = await service.issue('purse');
    const { body } = await ask(license, said('x'), '/v1/estimate');
    const chat = await ask(license, said('x'));
    expect(body).toMatchObject({ fits: false, bucket: 'period' });
    expect(body.max_tokens).toBe(Number(chat.headers.get('x-sahm-max-tokens')));
  });

  test('for a plan of requests is in requests', async () => {
    const license = await service.issue('basic');
    const asked = said('x', { model: 'qwen/qwen-2.5-7b-instruct' });
    expect(await ask(license, asked, '/v1/estimate')).toMatchObject({
      status: 200,
      body: { fits: true, units: 1, bucket: 'period', max_tokens: 8_192 },
    });
  });
});

test('holders and administrators read money as money', async () => {
  const license = await service.issue('wallet');
  const { body } = await ask(license, said('x'));
  const cost = body.cost_microusd;
  const headers = { Authorization: `Bearer ${license.key}` };
  const own = await service.call('GET', '/api/license', { headers });
  expect(own.body).toMatchObject({ usage: { unit: 'microusd', used: cost, limit: MONTHLY } });
  const list = await service.call('GET', '/api/license/requests', { headers });
  expect(list.body).toMatchObject({ requests: [{ units: cost, unit: 'microusd' }] });
  const explained = await service.call('GET', '/api/license/balance', {
    headers: { ...headers, 'Accept-Language': 'en' },
  });
  const dollars = `$${(Number(cost) / 1_000_000).toFixed(6).replace(/0{1,4}$/, '')}`;
  expect(explained.body).toMatchObject({
    balance: MONTHLY - Number(cost),
    lines: [
      { code: 'plan', what: 'Plan WALLET: $0.20 a month', units: MONTHLY, provider: 'all' },
      { code: 'charges', what: `Requests: 1, which cost ${dollars}`, sum: MONTHLY - Number(cost) },
    ],
  });
  const plans = await service.call('GET', '/api/plans');
  expect(
    (plans.body.plans as Array<{ code: string }>).find(({ code }) => code === 'wallet'),
  ).toMatchObject({
    allowances: [],
    microusd: MONTHLY,
  });
  const token = await service.signInAs('viewer');
  const shown = await service.call('GET', `/admin/api/licenses/${license.id}`, { token });
  expect(shown.body).toMatchObject({
    usage_breakdown: { openrouter: { used: cost, limit: MONTHLY, plan_limit: MONTHLY } },
  });
});

describe('administrators', () => {
  let token: string;
  beforeAll(async () => {
    token = await service.signInAs('operator');
  });
  const admin = (method: string, { id }: License, path = '', body?: object, language = 'en') =>
    service.call(method, `/admin/api/licenses/${id}${path}`, {
      token,
      body,
      headers: { 'Accept-Language': language },
    });
  const limitOf = async (license: License) => (await walletOf(license)).limit;

  test('set a limit of money, for a time too, take it back, and undo that', async () => {
    const license = await service.issue('wallet');
    const none = { openrouter: null, openai: null };
    await ask(license, said('x'));
    const limits = { all: 300_000, until: '2099-01-01' };
    expect((await admin('PATCH', license, '', { limits })).status).toBe(200);
    expect((await admin('GET', license)).body).toMatchObject({
      limits: { ...none, all: 300_000 },
      limits_until: { all: '2099-01-02T00:00:00.000Z' },
      usage: { unit: 'microusd', limit: 300_000 },
    });
    expect(await limitOf(license)).toBe(300_000);
    await admin('PATCH', license, '', { limits: { all: null } });
    expect(await limitOf(license)).toBe(MONTHLY);
    expect((await admin('GET', license)).body.limits).toEqual(none);
    expect((await admin('POST', license, '/undo', {})).status).toBe(200);
    expect(await limitOf(license)).toBe(300_000);
    await admin('PATCH', license, '', { limits: { all: 0 } });
    expect(await ask(license, said('x'))).toMatchObject({
      status: 429,
      body: { error: { code: 'quota_exhausted' } },
    });
    const pro = await service.issue('pro');
    const both = { plan: 'wallet', limits: { all: 7 } };
    expect((await admin('PATCH', pro, '', both)).status).toBe(200);
    expect(await limitOf(pro)).toBe(7);
  });

  test('give money, and take back the unspent part', async () => {
    const license = await service.issue('purse');
    const given = { provider: 'all', units: 5_000_000_000, reason: 'for the outage' };
    const { status, body } = await admin('POST', license, '/grants', given);
    expect(status).toBe(201);
    const { id, ...grant } = body.grant as Record<string, unknown>;
    const unit = 'microusd';
    const units = given.units;
    expect(grant).toMatchObject({
      provider: 'all',
      unit,
      units,
      remaining: units,
      status: 'active',
    });
    expect(await limitOf(license)).toBe(700 + given.units);
    const spent = await ask(license, said('x'));
    expect(spent.status).toBe(200);
    const taken = await admin('DELETE', license, `/grants/${id}`);
    expect(taken.status).toBe(200);
    expect(await findLedgerProblems(service.database.prisma)).toEqual([]);
    const changes = [{ license: license.id, reason: 'all', grant: { provider: 'all', units: 5 } }];
    const bulk = await service.call('POST', '/admin/api/licenses/bulk', {
      token,
      body: { changes, key: 'once' },
    });
    expect([bulk.status, bulk.body.lines]).toMatchObject([200, [{ outcome: 'changed' }]]);
    expect(await limitOf(license)).toBeGreaterThan(700);
  });

  test.each([
    ['wallet', '', { limits: { openrouter: 5 } }, 'limits.openrouter', 'set "all", in micro-d'],
    ['pro', '', { limits: { all: 5 } }, 'limits.all', 'set openrouter | openai'],
    ['pro', '', { plan: 'wallet', limits: { openai: 5 } }, 'limits.openai', 'set "all"'],
    ['wallet', '/grants', { provider: 'openai', units: 5, reason: 'x' }, 'provider', 'all, with'],
    ['pro', '/grants', { provider: 'all', units: 5, reason: 'x' }, 'provider', 'openrouter |'],
    ['wallet', '/grants', { product: '404' }, 'product', 'an add-on of money'],
    ['wallet', '/keys', { name: 'bot', limits: { openai: 5 } }, 'limits.openai', 'set "all"'],
    ['pro', '/keys', { name: 'bot', limits: { all: 5 } }, 'limits.all', 'set openrouter | openai'],
  ])('get a refusal that says what to do, for %s%s %j', async (plan, path, body, field, words) => {
    const license = await service.issue(plan);
    const method = path === '' ? 'PATCH' : 'POST';
    const told = await admin(method, license, path, body);
    expect(told).toMatchObject({
      status: 400,
      body: { error: { details: { field }, message: expect.stringContaining(words) } },
    });
    const persian = await admin(method, license, path, body, 'fa');
    expect(JSON.stringify(persian.body)).toMatch(/این پلن بر پایهٔ (هزینه|تعداد درخواست) است/);
    const { body: after } = await admin('GET', license);
    expect(after).toMatchObject({ license: { plan }, grants: [] });
  });
});

test('a named key with a limit in money spends no more than it, and the other keys go on', async () => {
  const license = await service.issue('wallet');
  const made = await service.call('POST', '/api/license/keys', {
    token: license.key,
    body: { name: 'bot', limits: { all: 150 } },
  });
  expect(made.body.key).toMatchObject({
    limits: { openrouter: null, openai: null, all: 150 },
    usage: { all: { used: 0, held: 0, limit: 150, remaining: 150 } },
  });
  const bot = { ...license, key: made.body.secret as string };
  const asked = said('x', { max_tokens: 100, strict: true });
  const { body: estimate } = await ask(license, asked, '/v1/estimate');
  const most = estimate.max_cost_microusd as number;
  await Promise.all(Array.from({ length: 8 }, () => ask(bot, asked)));
  let last = await ask(bot, asked);
  for (let calls = 1; last.status === 200 && calls < 150; calls++) last = await ask(bot, asked);
  expect([last.status, last.body.error]).toMatchObject([429, { code: 'quota_exhausted' }]);
  const { body } = await service.call('GET', '/api/license/keys', { token: license.key });
  const [{ usage }] = body.keys as [{ usage: { all: { used: number; remaining: number } } }];
  expect(usage.all.used).toBe((await walletOf(license)).used);
  expect(usage.all.used).toBeGreaterThan(0);
  expect(usage.all.remaining).toBeGreaterThanOrEqual(0);
  expect(usage.all.remaining).toBeLessThan(most);
  expect((await ask(license, asked)).status).toBe(200);
  expect(await findLedgerProblems(service.database.prisma)).toEqual([]);
});

describe('with an upstream that states the cost', () => {
  let upstream: PricedUpstream;
  let other: Service;
  const alerts: string[] = [];
  beforeAll(async () => {
    upstream = await startPricedUpstream();
    const origin = `${upstream.origin}/v1`;
    other = await startService({
      prepare: sellMoney,
      env: {
        OPENROUTER_API_KEY: 'k',
        OPENROUTER_BASE_URL: origin,
        OPENAI_API_KEY: 'k',
        OPENAI_BASE_URL: origin,
        LOG_LEVEL: 'error',
      },
      log: line => alerts.push(line),
    });
  });
  afterAll(async () => {
    await other.close();
    await upstream.close();
  });
  const chat = (license: License, body: object) => ask(license, body, undefined, other);
  const usedBy = async ({ id }: License) =>
    balanceFor(await other.deps.chat.ledger.usage(id), 'openrouter').used;

  test('the limit of the bound is sent: the request’s, the model’s, or the longest that fits', async () => {
    const [rich, poor] = [await other.issue('wallet'), await other.issue('purse')];
    await chat(rich, said('x'));
    await chat(rich, said('x', { max_tokens: 99_999 }));
    await chat(rich, said('x', { max_tokens: 77 }));
    const cut = await chat(poor, said('x'));
    const told = Number(cut.headers.get('x-sahm-max-tokens'));
    expect(told).toBeGreaterThan(1_000);
    expect(upstream.received.slice(-4)).toEqual(
      [16_384, 16_384, 77, told].map(max_completion_tokens =>
        expect.objectContaining({ stream: true, max_completion_tokens }),
      ),
    );
  });

  test.each([
    [
      '/v1/responses',
      { input: 'x' },
      'max_output_tokens',
      [
        { type: 'response.output_text.delta', output_index: 0, delta: 'Hi' },
        { type: 'response.completed', response: {} },
      ],
    ],
    [
      '/v1/messages',
      { max_tokens: 99_999, messages: [{ role: 'user', content: 'x' }] },
      'max_tokens',
      [
        { type: 'message_start', message: {} },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
        { type: 'message_stop' },
      ],
    ],
  ])('%s has the same limits', async (path, body, field, events) => {
    const sent = async (plan: string, more: object = {}) => {
      const license = await other.issue(plan);
      upstream.events = events;
      const answer = await ask(license, { model: MODEL, ...body, ...more }, path, other);
      upstream.events = null;
      const { max_tokens_reduced_to } = answer.body.quota as { max_tokens_reduced_to?: number };
      const told = answer.headers.get('x-sahm-max-tokens');
      return [answer.status, upstream.received.at(-1)?.[field], max_tokens_reduced_to, told];
    };
    expect(await sent('wallet')).toEqual([200, 16_384, undefined, null]);
    const [status, limit, reducedTo, told] = await sent('purse');
    expect(limit).toBeGreaterThan(1_000);
    expect([status, reducedTo, told]).toEqual([200, limit, String(limit)]);
    expect((await sent('purse', { strict: true }))[0]).toBe(429);
    if (field !== 'max_tokens') return;
    // No room for 256 tokens beside its thoughts.
    const thinking = { type: 'enabled', budget_tokens: 1_000 };
    expect((await sent('purse', { thinking }))[0]).toBe(429);
  });

  test.each([
    ['a plain number', '0.000123', 148],
    ['half a micro-dollar after the markup goes up', '0.00000125', 2],
    ['less than half goes down', '0.0000012', 1],
    ['a power of ten', '9.5e-7', 1],
    ['what a float made of it', '0.00009514999999999999', 114],
    ['nothing', '0', 0],
  ])('the stated cost is charged exactly: %s', async (_name, cost, charged) => {
    const license = await other.issue('wallet');
    upstream.usage = tokens =>
      `{"prompt_tokens":10,"completion_tokens":${tokens},"cost":${cost},"cost_details":{"cost":9}}`;
    const { body, headers } = await chat(license, said('x'));
    expect(body).toMatchObject({ cost_microusd: charged, quota: { used: charged } });
    expect(headers.get('x-quota-charged')).toBe(String(charged));
  });

  test('a call that was dearer than its hold is paid as far as the wallet goes, and is told', async () => {
    const license = await other.issue('purse');
    upstream.usage = tokens => `{"prompt_tokens":10,"completion_tokens":${tokens},"cost":0.0005}`;
    alerts.length = 0;
    const dear = await chat(license, said('x', { max_tokens: 10 }));
    expect(dear.body).toMatchObject({ cost_microusd: 500, quota: { used: 500, remaining: 200 } });
    const dearer = await chat(license, said('x', { max_tokens: 10 }));
    expect(dearer.body).toMatchObject({ cost_microusd: 200, quota: { used: 700, remaining: 0 } });
    expect(alerts.filter(line => line.includes('a call was dearer than its hold'))).toHaveLength(2);
    const metrics = await (await fetch(`${other.url}/metrics`)).text();
    expect(metrics).toMatch(/^sahm_wallet_slips_total 2$/m);
    expect(metrics).toMatch(/^sahm_wallet_slips_microusd_total 300$/m);
    expect(await findLedgerProblems(other.database.prisma)).toEqual([]);
  });

  test('at 80 and at 99 of 100 of a wallet its holder gets one notice, in dollars', async () => {
    const license = await other.issue('purse');
    const spend = (dollars: string) => {
      upstream.usage = tokens =>
        `{"prompt_tokens":10,"completion_tokens":${tokens},"cost":${dollars}}`;
      return chat(license, said('x', { max_tokens: 10 }));
    };
    const told = async () => {
      for (const job of ['find-notices', 'find-notices', 'send-notices']) {
        expect(await other.deps.admin.runJob(job)).toMatchObject({ outcome: 'done' });
      }
      const kept = await other.database.prisma.licenseNotice.findMany({
        where: { licenseId: license.id },
        orderBy: { id: 'asc' },
      });
      return kept.map(({ kind, details }) => ({ kind, ...(details as object) }));
    };
    const most = { kind: 'allowance_80', provider: 'all', unit: 'microusd', limit: 700 };
    await spend('0.000559');
    expect(await told()).toEqual([]);
    await spend('0.000001');
    expect(await told()).toMatchObject([{ ...most, used: 560 }]);
    await spend('0.000133');
    expect(await told()).toMatchObject([
      { ...most, used: 560 },
      { ...most, kind: 'allowance_100', used: 693 },
    ]);
    const outbox = join(other.directory, 'outbox');
    const files = (await readdir(outbox)).filter(name => name.endsWith('.eml')).sort();
    const sent = await Promise.all(files.map(name => readFile(join(outbox, name), 'utf8')));
    const { account } = await other.database.prisma.license.findUniqueOrThrow({
      where: { id: license.id },
      include: { account: true },
    });
    const theirs = sent.filter(text => text.includes(`To: ${account.email}`));
    const mails = theirs.map(text => readMail(text.replaceAll('\r\n', '\n')).text);
    expect(mails).toHaveLength(2);
    expect(mails[0]).toContain('$0.00056 of the $0.0007 of');
    expect(mails[1]).toContain('$0.000693 of the $0.0007 of');
    expect(mails[0]).toContain('۰٫۰۰۰۷');
  });

  test('a call without usage is charged what was held', async () => {
    const license = await other.issue('wallet');
    upstream.usage = () => null;
    const { body } = await chat(license, said('x', { max_tokens: 10 }));
    const [hold] = await other.database.prisma.hold.findMany({ where: { licenseId: license.id } });
    expect(hold).toMatchObject({ state: 'posted', heldUnits: null });
    expect(body.cost_microusd).toBe(Number(hold?.units));
  });

  /** Reads the beginning of a stream and goes; returns what is charged in the end. */
  const chargedForLeaving = async (license: License): Promise<number> => {
    upstream.hangs = true;
    const stop = new AbortController();
    const response = await fetch(`${other.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${license.key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(said('x', { stream: true })),
      signal: stop.signal,
    });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    stop.abort();
    upstream.hangs = false;
    await expect(reader.read()).rejects.toThrow();
    let used = 0;
    while (used === 0) used = await usedBy(license);
    return used;
  };

  test('missing usage is asked for afterwards: at an answer’s end, and after a client left a stream', async () => {
    const license = await other.issue('wallet');
    upstream.usage = () => null;
    upstream.namesCalls = true;
    const asked: string[] = [];
    upstream.generation = id => {
      asked.push(id);
      const cost = '{"data":{"total_cost":0.000123,"native_tokens_prompt":7,"tokens_prompt":9}}';
      return asked.length % 2 === 1 ? null : cost;
    };
    const { body } = await chat(license, said('x'));
    expect(body.cost_microusd).toBe(148);
    const leaving = await other.issue('wallet');
    expect(await chargedForLeaving(leaving)).toBe(148);
    const posted = await other.database.prisma.hold.findMany({
      where: { licenseId: { in: [license.id, leaving.id] } },
      orderBy: { id: 'asc' },
    });
    const counted = { promptTokens: 7, costMicrousd: 123n };
    expect(posted).toMatchObject([
      { reason: 'success', ...counted },
      { reason: 'client_left', ...counted },
    ]);
    const [first, second, third, fourth] = asked;
    expect(asked).toHaveLength(4);
    expect([first, third]).toEqual([second, fourth]);
    expect(first).not.toBe(third);
    upstream.namesCalls = false;
  });

  test('without any usage, a client that leaves a stream pays for the input and for what it got', async () => {
    const license = await other.issue('wallet');
    const used = await chargedForLeaving(license);
    const [hold] = await other.database.prisma.hold.findMany({ where: { licenseId: license.id } });
    // Of 1,024 tokens, and not of all 16,384.
    expect(Number(hold?.heldUnits)).toBeGreaterThan(700);
    expect(Number(hold?.heldUnits)).toBeLessThan(800);
    expect(used).toBeLessThan(200);
  });

  test('a message that ends within the arguments of a tool is delivered and charged', async () => {
    const license = await other.issue('wallet');
    const tool = { type: 'tool_use', id: 't', name: 'f', input: {} };
    const begun = (more: object, content_block: object) => ({
      type: 'content_block_start',
      content_block,
      ...more,
    });
    const added = (more: object, delta: object) => ({
      type: 'content_block_delta',
      delta,
      ...more,
    });
    const json = (partial_json: string) => ({ type: 'input_json_delta', partial_json });
    // The blocks are numbered in any order, one far away, and one not at all.
    const last = { index: 4_000_000_000 };
    upstream.events = [
      { type: 'message_start', message: { content: [], usage: { input_tokens: 9 } } },
      begun({ index: 1 }, tool),
      added({ index: 1 }, json('{"a":')),
      added({ index: 1 }, json('1}')),
      begun({ index: 0 }, { type: 'text', text: '' }),
      added({}, { type: 'text_delta', text: 'Hi' }),
      begun(last, tool),
      added(last, json('{"path":"/tm')),
      {
        type: 'message_delta',
        delta: { stop_reason: 'max_tokens' },
        usage: { output_tokens: 7, cost: 0.0001 },
      },
      { type: 'message_stop' },
    ];
    const { status, body } = await ask(
      license,
      said('x', { max_tokens: 7 }),
      '/v1/messages',
      other,
    );
    upstream.events = null;
    expect([status, body]).toMatchObject([
      200,
      {
        stop_reason: 'max_tokens',
        content: [{ ...tool, input: { a: 1 } }, { type: 'text', text: 'Hi' }, tool],
        usage: { input_tokens: 9, output_tokens: 7 },
        cost_microusd: 120,
      },
    ]);
  });

  test('a message has all that its stream had, also what is in no other message', async () => {
    const license = await other.issue('wallet');
    const block = { type: 'content_block_start', index: 0, content_block: { type: 'compaction' } };
    const summary = { content: 'They spoke of seals.', encrypted_content: 'c2VhbA==' };
    const edits = { context_management: { applied_edits: [{ type: 'compact_20260112' }] } };
    upstream.events = [
      { type: 'message_start', message: { content: [], usage: { input_tokens: 9 } } },
      block,
      { type: 'content_block_delta', index: 0, delta: { type: 'compaction_delta', ...summary } },
      {
        type: 'message_delta',
        delta: { stop_reason: 'compaction' },
        usage: { output_tokens: 7, cost: 0.0001 },
        ...edits,
      },
      { type: 'message_stop' },
    ];
    const { body } = await ask(license, said('x', { max_tokens: 7 }), '/v1/messages', other);
    upstream.events = null;
    expect(body).toMatchObject({
      type: 'message',
      stop_reason: 'compaction',
      content: [{ type: 'compaction', ...summary }],
      ...edits,
    });
  });

  const pendingOf = async ({ id }: License) =>
    other.database.prisma.hold.findMany({ where: { licenseId: id, state: 'pending' } });
  /** The units of a license's pending holds, in the order of their calls, once there are so many. */
  const heldIn = async (license: License, count: number): Promise<number[]> => {
    await until(async () => (await pendingOf(license)).length === count);
    const pending = (await pendingOf(license)).toSorted((one, two) => (one.id < two.id ? -1 : 1));
    return pending.map(({ units }) => Number(units));
  };
  /** A hold of a license that takes all that is left. */
  const besides = async ({ id }: License, units: number) => {
    const { prisma } = other.database;
    const where = { id };
    const { version, keys } = await prisma.license.findFirstOrThrow({
      where,
      include: { keys: true },
    });
    const keyId = (keys[0] as { id: string }).id;
    const provider = 'openrouter' as const;
    return {
      holdId: uuid(),
      licenseId: id,
      keyId,
      version,
      provider,
      units,
      least: units,
      model: MODEL,
    };
  };
  const ledger = () => other.deps.chat.ledger;
  /** The words of an answer, and why it ended; of a stream from its events. */
  const heard = async ({ key }: License, body: object) => {
    const response = await fetch(`${other.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
    const text = await response.text();
    type Said = { delta?: { content?: string }; message?: { content?: string } };
    type Answer = { choices: Array<Said & { finish_reason: string | null }> };
    const answers = text.startsWith('data: ') ? text.match(/(?<=^data: )\{.*$/gm) : [text];
    const choices = (answers ?? []).flatMap(answer => (JSON.parse(answer) as Answer).choices);
    const words = choices.map(({ delta, message }) => (delta ?? message)?.content ?? '');
    return { words: words.join(''), end: choices.at(-1)?.finish_reason };
  };
  /** What upstreams wait for before they go on, and the way to let them. */
  const held = () => {
    let goOn = () => {};
    const gate = new Promise<void>(resolve => {
      goOn = resolve;
    });
    upstream.pause = () => gate;
    return () => {
      upstream.pause = null;
      goOn();
    };
  };

  test.each([true, false])('a hold grows as its answer comes: stream %s', async stream => {
    const license = await other.issue('pouch');
    upstream.wordy = 400;
    upstream.usage = tokens =>
      `{"prompt_tokens":9,"completion_tokens":${tokens},"cost":${tokens === 400 ? 0.000777 : 0.0001}}`;
    const goOn = held();
    const answering = heard(license, said('x', { stream }));
    const [first] = await heldIn(license, 1);
    expect(first).toBeGreaterThan(600);
    expect(first).toBeLessThan(650);
    // Others have what is left.
    const want = await besides(license, 100);
    expect(await ledger().hold(want)).toMatchObject({ kind: 'held' });
    await ledger().settle({ ...want, outcome: 'posted', reason: 'test', units: 100 });
    goOn();
    expect(await answering).toEqual({ words: 'word '.repeat(400), end: 'stop' });
    const [hold] = await other.database.prisma.hold.findMany({
      where: { licenseId: license.id, units: 777 },
    });
    expect(Number(hold?.heldUnits)).toBeGreaterThan(1_000);
    expect(await findLedgerProblems(other.database.prisma)).toEqual([]);
  });

  test('a hold stays as it is where its provider does not tell afterwards what a call used', async () => {
    upstream.wordy = 400;
    upstream.usage = tokens => `{"prompt_tokens":9,"completion_tokens":${tokens},"cost":0.0005}`;
    const heldOf = async (model: string) => {
      const license = await other.issue('wallet');
      expect(await heard(license, said('x', { model }))).toMatchObject({ end: 'stop' });
      const [hold] = await other.database.prisma.hold.findMany({
        where: { licenseId: license.id },
      });
      return Number(hold?.heldUnits);
    };
    // Output of $1.60 and $0.60 a million tokens, and the markup: 32,768 tokens, and what 400 words may come to.
    expect(await heldOf('openai/gpt-4.1-mini')).toBeGreaterThan(60_000);
    expect(await heldOf(MODEL)).toBeLessThan(4_000);
  });

  test.each([
    [true, 'its upstream tells', '{"data":{"total_cost":0.000321,"native_tokens_prompt":7}}', 321],
    [false, 'its upstream tells', '{"data":{"total_cost":0.000321,"native_tokens_prompt":7}}', 321],
    [true, 'more than there is', '{"data":{"total_cost":0.002,"native_tokens_prompt":7}}', null],
    [true, 'was delivered', null, null],
  ])(
    'one that cannot grow ends its answer: stream %s, charged as %s',
    async (stream, _as, cost, charged) => {
      const license = await other.issue('pouch');
      upstream.wordy = 2_000;
      upstream.namesCalls = cost !== null;
      upstream.generation = () => cost;
      upstream.hangs = true;
      const stopped = upstream.givenUp;
      const slips = alerts.length;
      const goOn = held();
      const answering = heard(license, said('x', { stream }));
      const [first] = await heldIn(license, 1);
      // Takes all the others.
      const want = await besides(license, 1_500 - (first as number));
      expect(await ledger().hold(want)).toMatchObject({ kind: 'held' });
      goOn();
      const { words, end } = await answering;
      expect(end).toBe('length');
      // 1,024 bytes, but for what stands in no text.
      expect(words).toBe('word '.repeat(202).slice(0, 1_008));
      // All that was held, which was as much as was delivered.
      expect(await usedBy(license)).toBe(charged ?? first);
      const posted = await other.database.prisma.hold.findFirstOrThrow({
        where: { licenseId: license.id, state: 'posted' },
      });
      expect(posted).toMatchObject({ reason: 'cut_off', promptTokens: cost === null ? null : 7 });
      await until(() => upstream.givenUp === stopped + 1, 3_000);
      expect(
        alerts.slice(slips).filter(line => line.includes('dearer than its hold')),
      ).toHaveLength(cost?.includes('0.002') ? 1 : 0);
      upstream.namesCalls = upstream.hangs = false;
      await ledger().settle({ ...want, outcome: 'voided', reason: 'test' });
      expect(await findLedgerProblems(other.database.prisma)).toEqual([]);
    },
  );
});
