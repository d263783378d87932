// X-Quota-Charged and `quota.charged`: the cost of each request, however it ended.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SYSTEM } from '../../src/store/admin/audit.js';
import { type Service, startService } from '../harness/service.js';

const LIGHT = 'qwen/qwen-2.5-7b-instruct';
const DEAR = 'fault/pace-0';
const messages = [{ role: 'user', content: 'one two three' }];

let service: Service;
let license: { id: string; key: string };
beforeAll(async () => {
  service = await startService({
    faults: ['status-500', 'status-400', 'cut-2', 'cut-0', 'pace-0'],
    changes: { [DEAR]: { units: 3 } },
  });
  license = await service.issue('pro');
});
afterAll(() => service.close());

const bearer = (more: Record<string, string> = {}) => ({
  Authorization: `Bearer ${license.key}`,
  ...more,
});
const complete = (model: string, more: object = {}, headers: Record<string, string> = {}) =>
  service.post('/v1/chat/completions', { model, messages, ...more }, bearer(headers));
const chat = (model: string, more: object = {}) =>
  service.post('/api/chat_v3', { api_key: license.key, model, prompt: 'x', ...more });

async function used(): Promise<number> {
  const { quotas } = await service.deps.chat.ledger.usage(license.id);
  return quotas.openrouter.used + quotas.openai.used;
}

/** The last event of a stream that has counters. */
async function lastQuota(model: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${service.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...bearer() },
    body: JSON.stringify({ model, messages, stream: true }),
  });
  const events = (await response.text())
    .split('\n\n')
    .filter(event => event.startsWith('data: {'))
    .map(event => JSON.parse(event.slice('data: '.length)));
  return events.findLast(event => event.usage_breakdown !== undefined);
}

describe('replies state the ledger’s charge', () => {
  test.each([
    ['a model of one unit', LIGHT, 1],
    ['a model of three units', DEAR, 3],
  ])('%s, in both dialects', async (_name, model, units) => {
    const before = await used();
    const [openai, myaihub] = [await complete(model), await chat(model)];
    expect(openai.headers.get('x-quota-charged')).toBe(String(units));
    expect(openai.body).toMatchObject({ quota: { charged: units } });
    expect(myaihub.headers.get('x-quota-charged')).toBe(String(units));
    expect(Object.keys(myaihub.body)).not.toContain('quota');
    expect(await used()).toBe(before + 2 * units);
  });

  test('of a stream in its last event', async () => {
    const before = await used();
    expect(await lastQuota(DEAR)).toMatchObject({ quota: { charged: 3 } });
    expect(await used()).toBe(before + 3);
  });

  test('of a replayed reply the same as the first time', async () => {
    const before = await used();
    const once = { 'Idempotency-Key': 'what it cost' };
    const first = await complete(DEAR, {}, once);
    const again = await complete(DEAR, {}, once);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.headers.get('x-quota-charged')).toBe('3');
    expect(again.body).toEqual(first.body);
    expect(await used()).toBe(before + 3);
  });
});

describe('refusals and failures cost nothing, and say so', () => {
  test.each<[string, () => Promise<{ status: number; headers: Headers }>, number]>([
    ['an upstream that fails', () => complete('fault/status-500'), 502],
    ['an upstream that refuses', () => chat('fault/status-400'), 400],
    ['a model that there is not', () => complete('no/such'), 404],
    ['a model above the plan', () => chat('gpt-5.2'), 403],
    [
      'a stream that breaks before its first piece',
      () => complete('fault/cut-0', { stream: true }),
      502,
    ],
  ])('%s', async (_name, ask, status) => {
    const before = await used();
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-quota-charged')).toBe('0');
    expect(await used()).toBe(before);
  });

  test.each([
    ['chat completions', '/v1/chat/completions', {}],
    ['responses', '/v1/responses', { input: 'x' }],
    ['messages', '/v1/messages', { max_tokens: 9 }],
  ])('with what is left of the quota that it was for, in %s', async (_name, path, more) => {
    const ask = (model: string) =>
      service.post(
        path,
        { model, ...(path === '/v1/responses' ? {} : { messages }), ...more },
        bearer(),
      );
    const failed = await ask('fault/status-500');
    expect(failed.body).toMatchObject({ quota: { charged: 0, limit: 750 } });
    expect(failed.headers.get('x-quota-limit')).toBe('750');
    const unknown = await ask('no/such');
    expect(unknown.body.quota).toEqual({
      plan: 'pro',
      period: expect.any(String),
      resets_at: expect.any(String),
      charged: 0,
    });
  });

  test('an estimate of a model above the plan', async () => {
    const { status, body } = await service.post(
      '/v1/estimate',
      { model: 'gpt-5.2', messages },
      bearer(),
    );
    expect([status, body.quota]).toMatchObject([403, { charged: 0, limit: 0 }]);
  });

  test('a repeated Idempotency-Key that cannot be answered', async () => {
    const once = { 'Idempotency-Key': 'not that again' };
    const chatOnce = (prompt: string) =>
      service.post('/api/chat_v3', { api_key: license.key, model: LIGHT, prompt }, once);
    await chatOnce('one');
    const { status, headers, body } = await chatOnce('two');
    expect([status, headers.get('x-quota-charged')]).toEqual([422, '0']);
    expect(body).toMatchObject({
      plan: 'pro',
      usage: { limit: 750 },
      usage_breakdown: { openai: { limit: 0 } },
    });
  });

  test('a stream that breaks in the middle', async () => {
    const before = await used();
    expect(await lastQuota('fault/cut-2')).toMatchObject({
      error: { code: 'upstream_failed' },
      quota: { charged: 0 },
    });
    expect(await used()).toBe(before);
  });

  test('a quota that is used up', async () => {
    const poor = await service.issue('basic');
    await service.deps.admin.licenses.change(poor.id, { limits: { openrouter: 0 } }, SYSTEM);
    const answer = await service.post(
      '/v1/chat/completions',
      { model: LIGHT, messages },
      {
        Authorization: `Bearer ${poor.key}`,
      },
    );
    expect(answer.status).toBe(429);
    expect(answer.headers.get('x-quota-charged')).toBe('0');
    expect(answer.body).toMatchObject({ quota: { charged: 0 } });
  });

  test('for an unknown key nothing is said about charges', async () => {
    const answer = await service.post('/api/chat_v3', { api_key: 'x', model: LIGHT, prompt: 'x' });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('x-quota-charged')).toBeNull();
  });
});

test('refusals that waiting does not help are not retried', async () => {
  for (const [ask, status] of [
    [() => complete('no/such'), 404],
    [() => chat('gpt-5.2'), 403],
    [() => complete('fault/status-400'), 400],
    [() => complete(LIGHT, { temperature: 9 }), 400],
    [() => service.post('/api/chat_v3', { api_key: 'x', model: 'y', prompt: 'z' }), 401],
  ] as const) {
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-should-retry')).toBe('false');
  }
  const failed = await complete('fault/status-500');
  expect(failed.headers.get('x-should-retry')).toBeNull();
});
