// "Where did my requests go?" as an administrator and as the license's holder.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { v7 as newId } from 'uuid';
import { type Answer, type Service, startService } from '../harness/service.js';
import { shiftClock } from '../harness/testDatabase.js';

const MODEL = 'qwen/qwen-2.5-7b-instruct';

let service: Service;
let viewer: string;
let operator: string;
beforeAll(async () => {
  service = await startService({ faults: ['status-500'] });
  viewer = await service.signInAs('viewer');
  operator = await service.signInAs('operator');
});
afterAll(() => service.close());

type Rows = Array<Record<string, unknown>>;

function chat(key: string, model = MODEL, prompt = 'سلام'): Promise<Answer> {
  return service.post('/api/chat_v3', { api_key: key, model, prompt });
}

function get(path: string, token = viewer, language = 'en'): Promise<Answer> {
  return service.call('GET', path, { token, headers: { 'Accept-Language': language } });
}

async function rows(path: string, name: string, token?: string): Promise<Rows> {
  const { status, body } = await get(path, token);
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body[name] as Rows;
}

function idOf({ headers }: Answer): string {
  return headers.get('x-request-id') ?? '';
}

describe('requests of a license', () => {
  test('have their model, end and bucket, newest first', async () => {
    const { id, key } = await service.issue('basic');
    const first = await chat(key);
    const failed = await chat(key, 'fault/status-500');
    await service.call('PATCH', `/admin/api/licenses/${id}`, {
      token: operator,
      body: { limits: { openrouter: 1 } },
    });
    const body = { product: '404' };
    await service.call('POST', `/admin/api/licenses/${id}/grants`, { token: operator, body });
    const fromGrant = await chat(key);
    const found = await rows(`/admin/api/licenses/${id}/requests`, 'requests');
    expect(found).toMatchObject([
      { request_id: idOf(fromGrant), outcome: 'posted', bucket: 'grant', product: '404' },
      { request_id: idOf(failed), outcome: 'voided', charged: false, bucket: 'period' },
      { request_id: idOf(first), outcome: 'posted', charged: true, units: 1, grant: null },
    ]);
    expect(found[2]).toMatchObject({
      dialect: 'myaihub',
      model: MODEL,
      provider: 'openrouter',
      reason: 'success',
    });
    expect(await rows('/api/license/requests', 'requests', key)).toEqual(found);
  });

  test('are found by time, model, provider, outcome and request id, page by page', async () => {
    const { id, key } = await service.issue('pro');
    const [one, other, failed] = [
      await chat(key),
      await chat(key, 'deepseek/deepseek-chat'),
      await chat(key, 'fault/status-500'),
    ];
    const path = `/admin/api/licenses/${id}/requests`;
    const ids = async (query: string) =>
      (await rows(`${path}?${query}`, 'requests')).map(row => row.id);
    const today = new Date().toISOString().slice(0, 10);
    expect(await ids(`from=${today}&to=${today}`)).toHaveLength(3);
    expect(await ids('to=2020-01-01')).toEqual([]);
    expect(await ids('from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00%2B03:30')).toEqual([]);
    expect(await ids('model=deepseek/deepseek-chat')).toEqual([idOf(other)]);
    expect(await ids('provider=openai')).toEqual([]);
    expect(await ids('outcome=voided')).toEqual([idOf(failed)]);
    expect(await ids(`request_id=chatcmpl-${idOf(one)}`)).toEqual([idOf(one)]);
    const page = await get(`${path}?limit=2`);
    expect((page.body.requests as Rows).map(row => row.id)).toEqual([idOf(failed), idOf(other)]);
    expect(await ids(`limit=2&cursor=${page.body.next_cursor}`)).toEqual([idOf(one)]);
    for (const query of ['from=2026-02-30', 'outcome=lost', 'provider=x', 'request_id=x', 'x=1']) {
      expect((await get(`${path}?${query}`)).status).toBe(400);
    }
  });
});

describe('refusals of a license', () => {
  test('have time, reason and message, without any content of the chat', async () => {
    const { id, key } = await service.issue('basic');
    const secret = 'nobody else must read this';
    const unknown = await chat(key, 'gpt-99', secret);
    const lacking = await service.post('/api/chat_v3', { api_key: key, model: MODEL });
    const above = await service.post(
      '/v1/chat/completions',
      { model: 'deepseek/deepseek-chat', messages: [{ role: 'user', content: secret }] },
      { Authorization: `Bearer ${key}` },
    );
    const refusals = await rows(`/admin/api/licenses/${id}/refusals`, 'refusals');
    expect(refusals).toMatchObject([
      { request_id: idOf(above), code: 'model_not_in_plan', dialect: 'openai' },
      { request_id: idOf(lacking), code: 'invalid_request', model: MODEL },
      { request_id: idOf(unknown), code: 'model_not_found', model: 'gpt-99', dialect: 'myaihub' },
    ]);
    expect(refusals[2]?.message).toContain('gpt-99');
    expect(refusals[0]?.parameters).toMatchObject({ plan: 'basic', minimumPlan: 'pro' });
    expect(JSON.stringify(refusals)).not.toContain(secret);
    expect(await rows('/api/license/refusals', 'refusals', key)).toEqual(refusals);
    const path = `/admin/api/licenses/${id}/refusals`;
    expect(await rows(`${path}?code=invalid_request`, 'refusals')).toHaveLength(1);
    expect(await rows(`${path}?model=gpt-99`, 'refusals')).toHaveLength(1);
    const persian = await get(path, viewer, 'fa');
    expect((persian.body.refusals as Rows)[2]?.message).toContain('وجود ندارد');
  });

  test('are kept for a suspended license and for a quota that is used up', async () => {
    const { id, key } = await service.issue('basic');
    const change = { token: operator, body: { limits: { openrouter: 0 } } };
    await service.call('PATCH', `/admin/api/licenses/${id}`, change);
    await chat(key);
    await service.call('POST', `/admin/api/licenses/${id}/suspend`, { token: operator, body: {} });
    await chat(key);
    const refusals = await rows(`/admin/api/licenses/${id}/refusals`, 'refusals');
    expect(refusals.map(({ code }) => code)).toEqual(['invalid_license_key', 'quota_exhausted']);
  });

  test('are bounded: after a flood the newest remain, and those of other licenses stay', async () => {
    const flooding = await service.issue('basic');
    const other = await service.issue('basic');
    await chat(other.key, 'gpt-98');
    for (let count = 0; count < 130; count++) await chat(flooding.key, `gpt-${count}`);
    const kept = await rows(`/admin/api/licenses/${flooding.id}/refusals?limit=200`, 'refusals');
    expect(kept.length).toBeGreaterThanOrEqual(100);
    expect(await rows(`/admin/api/licenses/${other.id}/refusals`, 'refusals')).toHaveLength(1);

    const { prisma } = service.database;
    await prisma.$executeRaw`
      INSERT INTO refusal (id, license_id, at, dialect, code, reason, parameters)
      SELECT gen_random_uuid(), ${flooding.id}::uuid, sahm_now(), 'openai', 'conflict', 'conflict', '{}'
      FROM generate_series(1, 1500)`;
    await service.deps.jobs.prune();
    expect(await prisma.refused.count({ where: { licenseId: flooding.id } })).toBe(1_000);
    await prisma.$executeRaw`
      UPDATE refusal SET at = at - interval '91 days' WHERE license_id = ${flooding.id}::uuid`;
    await service.deps.jobs.prune();
    expect(await prisma.refused.count({ where: { licenseId: flooding.id } })).toBe(0);
    expect(await prisma.refused.count({ where: { licenseId: other.id } })).toBe(1);
  });
});

describe('any request', () => {
  test('is found by its X-Request-Id, whether it was held, refused or both', async () => {
    const { id, key } = await service.issue('basic');
    const [done, failed, refused] = [
      await chat(key),
      await chat(key, 'fault/status-500'),
      await chat(key, 'gpt-97'),
    ];
    const found = (answer: Answer) => get(`/admin/api/requests/${idOf(answer)}`);
    expect((await found(done)).body).toMatchObject({
      license_id: id,
      request: { outcome: 'posted' },
      refusal: null,
    });
    expect((await found(failed)).body).toMatchObject({
      request: { outcome: 'voided' },
      refusal: { code: 'upstream_failed' },
    });
    expect((await found(refused)).body).toMatchObject({
      request: null,
      refusal: { code: 'model_not_found' },
    });
  });

  test('with an unknown id gets a message that helps', async () => {
    const unknown = await get(`/admin/api/requests/${newId()}`);
    expect(unknown.status).toBe(404);
    expect(unknown.body).toMatchObject({
      error: { code: 'not_found', message: expect.stringContaining('X-Request-Id') },
    });
  });
});

describe('a balance', () => {
  interface Line {
    code: string;
    what: string;
    units: number;
    sum: number;
    provider: string;
  }
  const told = (lines: unknown) =>
    (lines as Line[])
      .filter(({ provider }) => provider === 'openrouter')
      .map(({ code, units, sum }) => [code, units, sum]);

  test('is explained line by line, for the administrator and the holder', async () => {
    const { id, key } = await service.issue('pro');
    const to = `/admin/api/licenses/${id}`;
    const act = (method: string, path: string, body?: object) =>
      service.call(method, to + path, { token: operator, body });
    await chat(key);
    await chat(key);
    await act('PATCH', '', { limits: { openrouter: 3 } });
    const granted = await act('POST', '/grants', { product: '404' });
    await chat(key);
    await chat(key);
    const grant = (granted.body.grant as { id: string }).id;
    await act('DELETE', `/grants/${grant}`);
    const answer = await get(`${to}/balance?provider=openrouter`);
    expect(told(answer.body.lines)).toEqual([
      ['plan', 750, 750],
      ['charges', -2, 748],
      ['limit_changed', -747, 1],
      ['given', 50, 51],
      ['charges', -1, 50],
      ['charges', -1, 49],
      ['withdrawn', -49, 0],
    ]);
    expect(answer.body.balance).toBe(0);
    const own = await get('/api/license/balance', key, 'fa');
    expect(own.body.balance).toBe(0);
    expect((own.body.lines as Line[])[0]?.what).toContain('پلن PRO');
  });

  test('tells from which plan a limit came, also where a plan between gave the same', async () => {
    const { id, key } = await service.issue('pro');
    const to = `/admin/api/licenses/${id}`;
    await chat(key);
    const change = (body: object) => service.call('PATCH', to, { token: operator, body });
    await change({ plan: 'basic' });
    await change({ plan: 'vip' });
    await change({ plan: 'pro' });
    await change({ plan: 'basic' });
    await change({ limits: { openai: 5 } });
    const { body } = await get(`${to}/balance?provider=openai`);
    expect((body.lines as Line[]).map(({ what }) => what)).toEqual([
      'Plan PRO: 0 OpenAI requests a month',
      'Plan changed from BASIC to VIP: 80 OpenAI requests a month from here on',
      'Plan changed from VIP to PRO: 0 OpenAI requests a month from here on',
      "The month's limit changed: 5 OpenAI requests from here on",
    ]);
  });

  test('carries what is left of an add-on into the next month', async () => {
    const { id, key } = await service.issue('basic');
    const to = `/admin/api/licenses/${id}`;
    const body = { product: '404' };
    await service.call('PATCH', to, { token: operator, body: { limits: { openrouter: 0 } } });
    await service.call('POST', `${to}/grants`, { token: operator, body });
    await chat(key);
    const month = new Date().toISOString().slice(0, 7);
    await shiftClock(service.database.prisma, '32 days');
    const { body: next } = await get('/api/license/balance', key);
    const { body: license } = await get('/api/license', key);
    const former = await get(`/api/license/balance?period=${month}`, key);
    const tooEarly = await get('/api/license/balance?period=2020-01', key);
    await shiftClock(service.database.prisma, '0');
    expect(told(next.lines)).toEqual([
      ['limit', 0, 0],
      ['carried', 49, 49],
    ]);
    expect(next.balance).toBe((license.usage as { remaining: number }).remaining);
    expect(former.body).toMatchObject({ period: month, balance: 49 });
    expect(tooEarly.status).toBe(400);
  });

  test('of a month before the notes of changes begins with one line for all that came before', async () => {
    const { id, key } = await service.issue('basic');
    await chat(key);
    const { prisma } = service.database;
    await prisma.$executeRaw`
      UPDATE quota_period SET opened_at = NULL WHERE license_id = ${id}::uuid`;
    await prisma.$executeRaw`
      UPDATE hold SET ended_at = '2020-01-01' WHERE license_id = ${id}::uuid`;
    await chat(key);
    const { body } = await get(`/admin/api/licenses/${id}/balance`);
    expect((body.lines as Line[]).map(({ code, units }) => [code, units])).toEqual([
      ['opening', 149],
      ['charges', -1],
    ]);
  });
});

describe('reports of one license', () => {
  test('usage, refusals, exports and the audit log are filtered by it', async () => {
    const { id, key } = await service.issue('pro');
    const issued = await service.deps.admin.licenses.details(id);
    await service.call('PATCH', `/admin/api/licenses/${id}`, {
      token: operator,
      body: { note: 'x' },
    });
    await chat(key);
    await chat(key, 'gpt-96');
    const usage = await rows(`/admin/api/usage?license=${id}`, 'rows');
    expect(usage).toMatchObject([{ requests: 1 }]);
    const vip = await service.issue('vip');
    for (const model of [undefined, undefined, 'openai/gpt-5.2']) await chat(vip.key, model);
    const models = async (sort: string) => {
      const found = `/admin/api/usage?license=${vip.id}&group=model&sort=${sort}`;
      return (await rows(found, 'rows')).map(({ key: model }) => model);
    };
    const byRequests = await models('requests');
    expect(byRequests[1]).toBe('openai/gpt-5.2');
    expect(await models('cost')).toEqual(byRequests.toReversed());
    const refusals = await rows(`/admin/api/usage/refusals?license=${id}`, 'rows');
    expect(refusals).toMatchObject([{ code: 'model_not_found', requests: 1 }]);
    for (const file of ['requests', 'licenses']) {
      const { body } = await get(`/admin/api/exports/${file}.jsonl?license=${id}`);
      const lines = String(body.text).trim().split('\n');
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain(id);
    }
    const email = issued?.email ?? '';
    for (const query of [
      `license=${id}`,
      `email=${email}`,
      `subject=${email}`,
      `subject=${id}`,
      `license=${id}&key_last4=${key.slice(-4)}&key_prefix=${key.slice(0, 14)}`,
    ]) {
      const entries = await rows(`/admin/api/audit?${query}`, 'entries');
      expect(entries.map(({ action }) => action)).toContain('license.change');
      expect(new Set(entries.map(({ subject }) => subject))).toEqual(new Set([`license:${id}`]));
    }
    const actor = (await rows(`/admin/api/audit?license=${id}`, 'entries'))[0]?.actor as string;
    expect(await rows(`/admin/api/audit?license=${id}&actor=${actor}`, 'entries')).toHaveLength(1);
    for (const [days, count] of [
      ['from=2020-01-01&to=2020-12-31', 0],
      ['from=2020-01-01', 2],
      ['to=2020-01-01', 0],
    ] as const) {
      expect(await rows(`/admin/api/audit?license=${id}&${days}`, 'entries')).toHaveLength(count);
      const exported = await get(`/admin/api/exports/requests.jsonl?license=${id}&${days}`);
      expect(String(exported.body.text ?? '').split('\n').length - 1).toBe(count > 0 ? 1 : 0);
    }
    const [entry] = await rows(`/admin/api/audit?license=${id}`, 'entries');
    expect(entry).toMatchObject({ email });
    const unknown = await get('/admin/api/audit?action=nonsense');
    expect([unknown.status, JSON.stringify(unknown.body)]).toEqual([
      400,
      expect.stringContaining('license.suspend'),
    ]);
    for (const path of ['usage', 'usage/refusals', 'exports/requests.csv']) {
      expect((await get(`/admin/api/${path}?license=${newId()}`)).status).toBe(404);
    }
  });
});

test('holders do not see the shop’s costs if the operator hides them', async () => {
  const hiding = await startService({ env: { HOLDERS_SEE_COST: 'no' } });
  try {
    const { key } = await hiding.issue('basic');
    await hiding.post('/api/chat_v3', { api_key: key, model: MODEL, prompt: 'x' });
    for (const path of ['requests', 'usage']) {
      const { status, body } = await hiding.call('GET', `/api/license/${path}`, { token: key });
      expect(status).toBe(200);
      expect(JSON.stringify(body)).toContain('prompt_tokens');
      expect(JSON.stringify(body)).not.toContain('cost_microusd');
    }
  } finally {
    await hiding.close();
  }
});
