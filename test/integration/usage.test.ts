// What requests cost, the holder's report about it, and what the upstreams say about the models.

import type { RequestListener } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Service, startService } from '../harness/service.js';
import { shiftClock } from '../harness/testDatabase.js';
import { type Fake, startHttp } from '../providers/fakeUpstream.js';

const LIGHT = 'qwen/qwen-2.5-7b-instruct';
let openRouter: Fake;
let openAi: Fake;
let service: Service;
let cost: number | undefined;
let listed: object[] = [];

beforeAll(async () => {
  const answering = (): RequestListener => async (request, response) => {
    for await (const _ of request);
    response.writeHead(200, { 'content-type': 'application/json' });
    if (request.url?.includes('/models'))
      return void response.end(JSON.stringify({ data: listed }));
    const usage = {
      prompt_tokens: 1_000_000,
      completion_tokens: 3,
      ...(cost !== undefined && { cost }),
    };
    const choice = { index: 0, finish_reason: 'stop', message: { content: 'x' } };
    response.end(JSON.stringify({ choices: [choice], usage }));
  };
  openRouter = await startHttp(answering());
  openAi = await startHttp(answering());
  service = await startService({
    env: {
      OPENROUTER_API_KEY: 'k',
      OPENROUTER_BASE_URL: openRouter.origin,
      OPENAI_API_KEY: 'k',
      OPENAI_BASE_URL: openAi.origin,
      QUOTA_TIME_ZONE: 'Asia/Tehran',
    },
  });
});
afterAll(async () => {
  await service.close();
  await openRouter.close();
  await openAi.close();
});

const chat = (key: string, model: string) =>
  service.post('/api/chat_v3', { api_key: key, model, prompt: 'x' });

async function report(key: string, query = '') {
  const response = await fetch(`${service.url}/api/license/usage${query}`, {
    headers: { Authorization: `Bearer ${key}` },
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('GET /api/license/usage', () => {
  test('counts requests, tokens and cost: the upstream’s figure, else the catalogue’s prices', async () => {
    const { key } = await service.issue('vip');
    cost = 0.000_123;
    await chat(key, LIGHT);
    cost = undefined;
    await chat(key, LIGHT);
    await chat(key, 'gpt-5.2');
    const { pricing } =
      service.deps.chat.catalog().models.get('openai/gpt-5.2')?.card ??
      ({} as never as {
        pricing: { prompt: string; completion: string };
      });
    const gpt = Math.ceil(1_000_000 * Number(pricing.prompt) + 3 * Number(pricing.completion));
    // 0.04 dollars per million in and 0.10 out: 40,000.3 micro-dollars.
    const light = 123 + 40_001;
    const tokens = (requests: number) => ({
      requests,
      prompt_tokens: requests * 1_000_000,
      completion_tokens: requests * 3,
    });
    expect((await report(key, '?group=model')).body.rows).toEqual([
      { key: 'openai/gpt-5.2', ...tokens(1), cost_microusd: gpt },
      { key: LIGHT, ...tokens(2), cost_microusd: light },
    ]);
    expect((await report(key, '?group=provider')).body.rows).toEqual([
      { key: 'openai', ...tokens(1), cost_microusd: gpt },
      { key: 'openrouter', ...tokens(2), cost_microusd: light },
    ]);
    const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Tehran' }).format(new Date());
    expect((await report(key)).body).toEqual({
      from: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      to: today,
      group: 'day',
      rows: [{ key: today, ...tokens(3), cost_microusd: gpt + light }],
    });
    expect((await report(key, '?from=2020-01-01&to=2020-01-31')).body.rows).toEqual([]);
  });

  test('days begin at midnight in the configured zone, and both ends are whole days', async () => {
    const { id, key } = await service.issue('basic');
    await chat(key, LIGHT);
    const { prisma } = service.database;
    for (const [at, days] of [
      ['2026-03-01T20:29:59Z', ['2026-03-01']],
      ['2026-03-01T20:30:00Z', ['2026-03-02']],
    ] as const) {
      await prisma.hold.updateMany({ where: { licenseId: id }, data: { createdAt: new Date(at) } });
      const { rows } = (await report(key, '?from=2026-03-01&to=2026-03-02')).body as {
        rows: Array<{ key: string }>;
      };
      expect(rows.map(row => row.key)).toEqual(days);
      const first = (await report(key, '?from=2026-03-01&to=2026-03-01')).body as {
        rows: unknown[];
      };
      expect(first.rows).toHaveLength(days[0] === '2026-03-01' ? 1 : 0);
    }
  });

  test.each([
    '?from=yesterday',
    '?to=2026-02-30',
    '?group=license',
    '?from=2026-03-02&to=2026-03-01',
    '?limit=5',
    '?from=2020-01-01&to=2026-03-01',
  ])('%s is refused', async query => {
    const { key } = await service.issue('basic');
    const { status, body } = await report(key, query);
    expect([status, body]).toMatchObject([400, { error: { code: 'invalid_request' } }]);
  });

  test('needs a key', async () => {
    expect((await report('nonsense')).status).toBe(401);
  });
});

describe('sync-models', () => {
  const run = () => service.deps.jobs.syncModels();
  const inDays = (days: number) =>
    new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

  test('stores the upstreams’ lists, warns of endings, and changes nothing that is sold', async () => {
    const soldBefore = JSON.stringify([...service.deps.chat.catalog().models.values()]);
    const models = [...service.deps.chat.catalog().models.values()];
    listed = models
      .filter(model => model.id !== 'deepseek/deepseek-chat')
      .map(model => ({
        id: model.upstreamId,
        pricing: { prompt: '0.00000015', completion: '99' },
        context_length: 1,
        architecture: { input_modalities: ['text', 'video'], output_modalities: ['text'] },
        expiration_date: model.id === LIGHT ? inDays(10) : null,
        shutdown_date: model.id === 'openai/gpt-5.2' ? inDays(400) : null,
      }));
    listed.push({ id: 'never/sold' }, { noId: true }, listed[0] as object);
    const result = (await run()) as {
      missing: string[];
      retiring: Array<{ model: string; on: string }>;
    };
    expect(result.missing).toEqual(['deepseek/deepseek-chat']);
    expect(result.retiring).toContainEqual({ model: LIGHT, on: inDays(10) });
    expect(result.retiring.map(({ model }) => model)).not.toContain('openai/gpt-5.2');
    const rows = await service.database.prisma.listedModel.findMany();
    expect(rows.map(row => row.upstreamId)).not.toContain('never/sold');
    expect(rows.find(row => row.upstreamId === LIGHT)).toMatchObject({
      provider: 'openrouter',
      promptPrice: '0.15',
      contextLength: 1,
      inputModalities: ['text', 'video'],
      expiresOn: inDays(10),
      missingSince: null,
    });
    expect(JSON.stringify([...service.deps.chat.catalog().models.values()])).toBe(soldBefore);
    const shown = await fetch(`${service.url}/v1/models/${LIGHT}`);
    expect(await shown.json()).toMatchObject({
      retires_at: inDays(10),
      pricing: { prompt: '0.04' },
    });
  });

  test('a model that is gone stays stored, with the time when it went', async () => {
    listed = listed.filter(model => (model as { id: string }).id !== LIGHT);
    await shiftClock(service.database.prisma, '1 hour');
    expect(await run()).toMatchObject({ missing: expect.arrayContaining([LIGHT]) });
    const row = await service.database.prisma.listedModel.findFirst({
      where: { upstreamId: LIGHT },
    });
    expect(row).toMatchObject({ promptPrice: '0.15', missingSince: expect.any(Date) });
  });

  test('an upstream that cannot be asked leaves everything as it is', async () => {
    await openAi.close();
    expect(await run()).toMatchObject({
      providers: {
        openai: { failed: expect.any(String) },
        openrouter: { listed: expect.any(Number) },
      },
    });
  });
});
